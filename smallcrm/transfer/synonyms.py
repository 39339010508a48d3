"""Other words that people put over the columns of their lists, by field; best first.

Facts, collected from lists as Chinese companies keep them and from exports of other systems. Both scripts, because
the lists come from both sides of the strait. Separated by 、; compared without case,
width, spaces and what stands in brackets.
"""

# "entity.field".
FIELDS: dict[str, str] = {
    "customers.name": (
        "公司名称、企业名称、单位名称、客户公司、公司全称、企业全称、客户全称、公司名稱、公司、企业、单位、"
        "客户、名称、抬头、开票名称、company、company name、account、account name、organization、"
        "organisation、business name、name"
    ),
    "customers.short_name": "简称、公司简称、客户简称、企业简称、公司簡稱、short name、alias",
    "customers.status": "客户状态、跟进状态、当前状态、进展、客户阶段、阶段、状态、status、stage",
    "customers.level": "客户级别、客户等级、级别、等级、重要程度、星级、level、rating、grade",
    "customers.type": "客户类型、客户性质、客户分类、类型、类别、性质、type、category",
    "customers.source": "客户来源、来源渠道、线索来源、渠道、来源、获客渠道、source、lead source",
    "customers.industry": "所属行业、行业、行业类别、产业类别、產業類別、主营行业、industry、sector",
    "customers.scale": "人员规模、公司规模、企业规模、规模、员工人数、人数、employees、size",
    "customers.phone": (
        "电话、联系电话、公司电话、手机、手机号、手机号码、移动电话、联系方式、电话号码、总机、总机电话、"
        "總機電話、座机、phone、phone number、telephone、tel、mobile、mobile phone、phone work、work phone"
    ),
    "customers.other_phone": (
        "备用电话、其他电话、电话2、联系电话2、固定电话、座机、固话、办公电话、手机2、other phone、phone 2、"
        "phone other、phone home、home phone"
    ),
    "customers.wechat": "微信、微信号、微信号码、wechat、weixin",
    "customers.email": "邮箱、电子邮箱、电子邮件、邮件、電子郵件信箱、email、e-mail、mail、email work",
    "customers.website": "网址、公司网址、网站、官网、公司网站、公司網址、website、url、web、homepage",
    "customers.address": "地址、公司地址、详细地址、注册地址、通讯地址、办公地址、住址、address、location",
    "customers.tax_number": (
        "税号、统一社会信用代码、信用代码、社会信用代码、纳税人识别号、纳税人识别码、营业执照号、"
        "營利事業統一編號、统一编号、tax id、tax number、vat number"
    ),
    "customers.tags": "标签、客户标签、tags、tag、labels",
    "customers.next_follow_up_at": (
        "下次跟进时间、下次跟进日期、下次联系时间、下次联系日期、下次回访时间、跟进时间、next contact、next follow up"
    ),
    "customers.notes": "备注、客户备注、说明、备注信息、描述、notes、note、remark、comments、background",
    "customers.number": "客户编号、客户编码、编号、客户代码、customer number",
    "contacts.name": "联系人、联系人姓名、姓名、名字、客户联系人、首要联系人、full name、contact、contact name、name",
    "contacts.customer": (
        "客户名称、公司名称、企业名称、单位名称、所属客户、所属公司、关联客户、公司、单位、客户、company、"
        "company name、account、account name"
    ),
    "contacts.job_title": "职务、职位、岗位、头衔、job title、title、position、role",
    "contacts.unit": "部门、所在部门、科室、department、unit",
    "contacts.phone": (
        "手机、手机号、手机号码、移动电话、联系电话、电话、联系方式、mobile、phone、mobile phone、cell、phone work"
    ),
    "contacts.other_phone": "座机、固定电话、办公电话、固话、备用电话、其他电话、landline、phone home",
    "contacts.wechat": "微信、微信号、wechat",
    "contacts.email": "邮箱、电子邮箱、电子邮件、email、e-mail、email work",
    "contacts.decision_role": "决策角色、角色、决策关系、decision role",
    "contacts.is_primary": "首要联系人、主联系人、是否首要联系人、是否主要联系人、primary",
    "contacts.gender": "性别、gender、sex",
    "contacts.birthday": "生日、出生日期、出生年月、birthday、date of birth",
    "contacts.notes": "备注、说明、notes、note、background",
    "follow_ups.customer": "客户名称、公司名称、客户、公司、customer、company、account",
    "follow_ups.kind": "跟进方式、跟进类型、联系方式、方式、类型、type、channel",
    "follow_ups.content": "跟进内容、跟进记录、内容、沟通内容、跟进情况、记录、content、notes、subject",
    "follow_ups.happened_at": "跟进时间、跟进日期、联系时间、拜访时间、时间、日期、date、time",
    "follow_ups.contact": "联系人、联系人姓名、contact、contact name",
    "follow_ups.next_follow_up_at": "下次跟进时间、下次联系时间、下次跟进日期、next contact",
    "tasks.title": "任务、任务名称、任务标题、标题、事项、待办、task、subject",
    "tasks.due_at": "截止时间、截止日期、到期时间、完成期限、due、due date、deadline",
    "tasks.notes": "备注、说明、描述、notes、description",
}

# For every entity, by field key.
COMMON: dict[str, str] = {
    "owner": (
        "负责人、所属人、销售、业务员、跟进人、客户经理、销售负责人、所属销售、归属人、owner、sales、"
        "sales rep、sales agent、account manager、assigned to"
    ),
}

# For every entity, by field type, when nothing says it better: made for entities that administrators make.
TYPES: dict[str, str] = {
    "phone": "手机、电话、联系电话、手机号、手机号码、移动电话、联系方式、phone、mobile、tel",
    "email": "邮箱、电子邮箱、电子邮件、email、e-mail",
    "url": "网址、网站、链接、website、url",
    "address": "地址、详细地址、address",
    "tags": "标签、tags",
}


def of_field(entity: str, key: str) -> list[str]:
    """The other words for a field, best first."""
    return _words(FIELDS.get(f"{entity}.{key}") or COMMON.get(key, ""))


def of_type(kind: str) -> list[str]:
    """What a field of this type may be called, whatever it is for."""
    return _words(TYPES.get(kind, ""))


def _words(text: str) -> list[str]:
    return text.split("、") if text else []
