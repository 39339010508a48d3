// The way through a list: which list a record was opened from in this tab, and from there to the one before or after it.
(() => {
  "use strict";
  const { $ } = window.smallcrm;
  const MOST = 200;
  // Storage may be forbidden; then records simply have no neighbours.
  const read = (list) => {
    try { return JSON.parse(sessionStorage.getItem(`list:${list}`)); } catch { return null; }
  };
  const keep = (list, query, ids) => {
    try { sessionStorage.setItem(`list:${list}`, JSON.stringify({ query, ids: ids.slice(-MOST) })); } catch { /* as above */ }
  };
  const record = (href) => /^(.+)\/(\d+)$/.exec(new URL(href, location).pathname);

  // ---- a row is opened: remember the list as it is shown now ----
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("#results :is(a[href], [data-href])");
    const [, list, id] = (opener && record(opener.dataset.href || opener.href)) || [];
    if (!list || list !== location.pathname) return;
    const query = new URLSearchParams(location.search);
    query.delete("after");
    keep(list, String(query), [id]);
  }, true);

  // ---- the record: a way back to that list, and to its neighbours there ----
  const place = $(".s-neighbours");
  const [, list, id] = (place && record(location.href)) || [];
  const walk = list && read(list);
  if (!walk?.ids.includes(id)) return;
  const search = walk.query ? `?${walk.query}` : "";
  const back = $(".s-back");
  if (back?.getAttribute("href") === list) back.search = search;
  htmx.ajax("GET", `${location.pathname}/neighbours${search}`, { target: place, swap: "innerHTML" });
  place.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link) keep(list, walk.query, [...walk.ids, record(link.href)[2]]);
  });
})();
