"""The page of reports, each chart's own page, files, and the summary of any list."""

import io
import re
from datetime import timedelta
from urllib.parse import unquote

import openpyxl
import pytest
from sqlalchemy import select

from smallcrm.core import clock, i18n
from smallcrm.core.db import db, write
from smallcrm.entities import find, modules
from smallcrm.entities.operations import add_field
from smallcrm.records import operations
from smallcrm.reports import charts, routes
from smallcrm.transfer.models import Export

from .conftest import day, listed, numbers


@pytest.mark.parametrize("who", ["owner", "manager", "sales", "readonly"])
@pytest.mark.parametrize("view", ["chart", "table"])
def test_every_number_opens_a_list_of_as_many(client, cast, firm, who, view):
    http = client.as_(getattr(cast, who))
    tried = {}
    for period in ("this_year", "this_month"):
        page = http.get(f"/reports?whole=1&view={view}&period={period}")
        assert page.status_code == 200
        for address, number in numbers(page.text):
            if address not in tried:
                tried[address] = listed(http, address)
            assert tried[address] == number, address
    assert len(tried) > (15 if who == "sales" else 40)


def test_every_chart_has_a_page_of_its_own_as_picture_and_as_table(client, cast, firm):
    http = client.as_(cast.manager)
    for chart in charts.CHARTS:
        picture = http.get(f"/reports/{chart}?period=this_year").text
        table = http.get(f"/reports/{chart}?period=this_year&as=table").text
        assert "<rect" in picture and "s-report-table" in table, chart
        links = re.findall(r'href="(/(?:customers|follow-ups|tasks)\?[^"]+)"', picture)
        drawn = {link.replace("&amp;", "&") for link in links}
        found = dict(numbers(table))
        for address in found:
            assert listed(http, address) == found[address], address
        # Every cell has its bar; only the whole under the table has none.
        assert len({*found} - drawn) <= 1, chart


def test_a_salesperson_counts_only_what_is_theirs(client, cast, firm):
    page = client.as_(cast.sales).get("/reports?whole=1&period=this_year&as=table").text
    assert "王芳" in page
    assert "李雷" not in page and "韩梅" not in page
    assert "全部部门" not in page
    assert "李雷" in client.as_(cast.manager).get("/reports?whole=1&period=this_year").text
    assert "韩梅" not in client.as_(cast.manager).get("/reports?whole=1&period=this_year").text


def test_a_department_is_counted_with_those_below_it(client, cast, company, firm):
    http = client.as_(cast.owner)
    below = http.get(f"/reports/new-by-person?period=this_year&department={company.ids['销售一部']}").text
    assert "王芳" in below and "李雷" in below and "韩梅" not in below
    assert f"department={company.ids['销售一部']}" in below
    bar = re.search(r'class="s-bar-row" href="([^"]+)"', below)[1].replace("&amp;", "&")
    assert "销售一部及下级部门" in http.get(bar).text
    refused = client.as_(cast.manager).get(f"/reports?department={company.ids['销售二部']}")
    assert refused.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "period=always",
        "period=custom",
        "period=custom&from=2026-02-30&to=2026-03-01",
        "period=custom&from=2026-03-02&to=2026-03-01",
        "department=x",
        "department=999999",
        "as=pie",
    ],
)
def test_what_cannot_be_understood_is_a_sentence(client, cast, query):
    for path in ("/reports", "/reports/sources"):
        answer = client.as_(cast.owner).get(f"{path}?{query}")
        assert answer.status_code == 400 and "请求有误" in answer.text, (path, query)


@pytest.mark.parametrize(
    "query",
    [
        "group=phone",
        "group=nothing",
        "group=owner&split=created_at",
        "split=tags",
        "measure=sum.name",
        "measure=max.created_at",
        "group=created_at&unit=hour",
        "order=random",
        "as=pie",
        "f.nothing.eq=1",
        "f.status.in=neverland",
    ],
)
def test_a_summary_that_cannot_be_made_is_a_sentence(client, cast, query):
    answer = client.as_(cast.owner).get(f"/reports/of/customers?{query}")
    assert answer.status_code == 400 and "请求有误" in answer.text


def test_pages_that_do_not_exist_are_404(client, cast):
    http = client.as_(cast.owner)
    for path in ("/reports/nothing", "/reports/nothing.xlsx", "/reports/of/nothing", "/reports/of/nothing.xlsx"):
        assert http.get(path).status_code == 404


def test_what_takes_long_comes_by_itself_and_has_a_way_without_javascript(client, cast, firm, monkeypatch):
    monkeypatch.setattr(routes, "PATIENCE", -1)
    http = client.as_(cast.owner)
    page = http.get("/reports?period=this_year").text
    waiting = re.findall(r'hx-get="(/reports/[^"]+)" hx-trigger="load"', page)
    assert len(waiting) == len(charts.CHARTS)
    assert "s-tile-value" in page and "<rect" not in page
    part = http.get(waiting[1].replace("&amp;", "&"), htmx=True).text
    assert part.lstrip().startswith("<section") and "<rect" in part and "<html" not in part
    whole = re.search(r'href="(/reports\?[^"]*whole=1)"', page)[1].replace("&amp;", "&")
    assert "<rect" in http.get(whole).text


def test_the_period_and_department_stay_in_every_link(client, cast, company, firm):
    page = client.as_(cast.owner).get(f"/reports?whole=1&period=this_year&department={company.ids['总部']}").text
    own = [link for link in re.findall(r'href="(/reports/[^"]+)"', page) if "?" in link]
    assert own and all("period=this_year" in link and f"department={company.ids['总部']}" in link for link in own)


def test_an_empty_company_says_so_and_divides_nothing_by_nothing(client, cast):
    page = client.as_(cast.owner).get("/reports?whole=1").text
    assert page.count("这段时间还没有数据") + page.count("没有可以统计的数据") == len(charts.CHARTS)
    assert re.search(r'新客户成交率</span><span class="s-tile-value">–</span>', page)


def test_people_with_customers_are_shown_even_when_they_did_nothing(client, cast, make):
    with clock.shifted(timedelta(days=-400)):
        make("customers", name="去年的客户", by=cast.sales)
    make("customers", name="今天的客户", by=cast.colleague)
    page = client.as_(cast.owner).get("/reports/new-by-person?as=table").text
    assert re.search(r'王芳</th><td class="num"><span class="s-muted">0</span>', page)


def test_days_are_those_of_the_company(client, cast, make):
    make("customers", name="半夜的客户")
    local = i18n.local(clock.now())
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=30)
    with clock.shifted(midnight - local):
        make("customers", name="零点半的客户")
        page = client.as_(cast.sales).get("/reports/new-customers?period=last_30_days&as=table").text
        today = numbers(page)[-2:]
        assert [number for _a, number in today] == [1, 2]
        assert f"f.created_at.eq={i18n.today().isoformat()}" in today[0][0]


def book(answer):
    assert answer.status_code == 200, answer.text
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows()]


def test_a_file_is_named_after_the_days_it_is_about(client, cast, firm):
    http = client.as_(cast.manager)
    today = i18n.today()
    files = [http.get(f"/reports/{key}.xlsx?period=this_year") for key in ("ageing", "new-customers")]
    names = [unquote(each.headers["Content-Disposition"]) for each in files]
    assert names[0].endswith(f"多久没跟进 {today}.xlsx")
    assert f"{today.year}-01-01" in names[1]
    assert book(files[0])[0] == ["多久没跟进", "客户", "占比"]


def test_a_chart_goes_home_as_excel_and_that_is_written_down(client, cast, firm):
    rows = book(client.as_(cast.manager).get("/reports/stages.xlsx"))
    assert rows[0] == ["状态", "客户状态分布", "占比"]
    assert rows[-1][0] == "合计" and rows[-1][1] == sum(row[1] for row in rows[1:-1])
    log = db.session.scalars(select(Export)).one()
    assert (log.user_id, log.entity, log.format, log.columns) == (cast.manager.id, "customers", "xlsx", ["status"])
    assert "report=stages" in log.query


def test_a_stacked_chart_has_a_column_for_each_kind(client, cast, firm):
    rows = book(client.as_(cast.owner).get("/reports/follow-ups.xlsx?period=this_year"))
    assert rows[0][0] == "创建人" and {"电话", "拜访", "合计"} <= set(rows[0])
    total = rows[0].index("合计")
    assert all(sum(row[1:total]) == row[total] for row in rows[1:-1])


def test_a_chart_of_rates_goes_home_with_its_rates(client, cast, firm):
    rows = book(client.as_(cast.owner).get("/reports/conversion-by-person.xlsx?period=this_year"))
    assert rows[0] == ["负责人", "新增", "已跟进", "已成交", "成交率"]
    assert all(row[4] == pytest.approx(row[3] / row[1]) for row in rows[1:] if row[1])
    assert rows[-1][1] == sum(row[1] for row in rows[1:-1])


def test_without_the_right_to_export_there_is_no_file(client, cast, firm):
    http = client.as_(cast.readonly)
    assert "下载 Excel" not in http.get("/reports?whole=1").text
    assert http.get("/reports/stages.xlsx").status_code == 403
    assert http.get("/reports/of/customers.xlsx").status_code == 403
    assert db.session.scalars(select(Export)).all() == []


def test_a_list_leads_to_its_summary_with_the_same_filters(client, cast, firm):
    http = client.as_(cast.owner)
    menu = re.search(r'href="(/reports/of/customers\?[^"]*)"', http.get("/customers?f.source.in=referral").text)[1]
    page = http.get(menu.replace("&amp;", "&") + "&group=status&as=table")
    assert "f.source.in=referral" in page.text and "转介绍" in page.text
    found = numbers(page.text)
    assert len(found) > 3
    for address, number in found:
        assert listed(http, address) == number, address


@pytest.mark.parametrize(
    "query",
    [
        "group=owner&split=status",
        "group=tags",
        "group=tags&split=source",
        "group=tags&f.tags.in=展会",
        "group=status&f.status.in=won&f.status.in=new",
        "group=status&f.status.ne=won",
        "group=department&f.department.below={}",
        "group=created_at&unit=week&split=source",
        "group=created_at&unit=month&f.created_at.gte={}&f.created_at.lte={}",
        "group=created_at&f.created_at.period=last_30_days&unit=week",
        "group=last_follow_up_at&unit=year",
        "group=source&q=客户",
    ],
)
def test_every_number_of_a_summary_opens_a_list_of_as_many(client, cast, company, firm, query):
    http = client.as_(cast.owner)
    days = (day(-37), day(-2)) if "gte" in query else (company.ids["总部"],)
    found = numbers(http.get(f"/reports/of/customers?{query.format(*days)}&as=table").text)
    assert len(found) > 1
    for address, number in found:
        assert listed(http, address) == number, address


@pytest.fixture
def projects(cast):
    """A module that was made in the browser a minute ago, with three projects."""
    entity = modules.add_entity("项目", "briefcase", cast.admin)
    kind = add_field(entity.key, "choice", "类型", cast.admin, options=["大项目"])
    budget = add_field(entity.key, "money", "预算", cast.admin)
    paid = add_field(entity.key, "boolean", "已付款", cast.admin)
    with write():
        for name, amount, is_paid in (("甲", "1200.50", "1"), ("乙", "299.50", "0"), ("丙", "", "")):
            values = {"name": name, kind.key: "大项目" if amount else "", budget.key: amount, paid.key: is_paid}
            operations.create(find(entity.key), values, cast.sales)
    return {"slug": find(entity.key).slug, "kind": kind.key, "budget": budget.key, "paid": paid.key}


def test_a_new_module_is_counted_summed_and_averaged(client, cast, projects):
    http = client.as_(cast.owner)
    assert f'href="/reports/of/{projects["slug"]}?view=all"' in http.get(f"/{projects['slug']}").text
    address = f"/reports/of/{projects['slug']}?as=table&group={projects['kind']}"
    total = http.get(f"{address}&measure=sum.{projects['budget']}").text
    assert "大项目" in total and "¥1,500.00" in total and "无类型" in total
    average = http.get(f"{address}&measure=avg.{projects['budget']}").text
    assert "¥750.00" in average and "占比" not in average
    split = http.get(f"/reports/of/{projects['slug']}?as=table&group=owner&split={projects['paid']}").text
    found = numbers(split)
    assert [listed(http, address) for address, _number in found] == [number for _address, number in found]
    assert {"f." + projects["paid"] + f".{end}" for end in ("eq=1", "eq=0", "empty=1")} <= {
        part for address, _n in found for part in address.split("?")[1].split("&")
    }


def test_a_money_sum_goes_home_as_a_number(client, cast, projects):
    query = f"group={projects['kind']}&measure=sum.{projects['budget']}"
    rows = book(client.as_(cast.owner).get(f"/reports/of/{projects['slug']}.xlsx?{query}"))
    assert rows[1][:2] == ["大项目", 1500]
    rows = book(client.as_(cast.owner).get(f"/reports/of/{projects['slug']}.xlsx?{query.replace('sum', 'avg')}"))
    assert rows[1][1] == 750


def test_a_field_that_is_out_of_use_takes_its_charts_with_it(client, cast, firm):
    from smallcrm.entities.operations import retire_field

    retire_field("customers", "source", cast.admin)
    http = client.as_(cast.owner)
    page = http.get("/reports?whole=1").text
    assert "新客户来源" not in page and "客户状态分布" in page
    assert http.get("/reports/sources").status_code == 400


def test_long_names_and_markup_in_names_stay_words(client, cast, make):
    make("customers", name="名", tags="<b>粗</b>")
    page = client.as_(cast.sales).get("/reports/of/customers?group=tags").text
    assert "&lt;b&gt;粗&lt;/b&gt;" in page and "<b>粗" not in page
