// A list as a grid: one place of it is in the order of the Tab key, the arrows walk from there. cells.js changes what
// the focus is on. Where rows are cards, as on every phone, there is no grid.
(() => {
  "use strict";
  const { onContent } = window.smallcrm;
  const phone = matchMedia("(max-width: 767.98px)");
  const isCards = (table) => phone.matches || table.matches(".s-as-cards");
  const REACHED = "a[href], button, input:not([type=hidden]), summary";
  const isCell = (cell) => cell.matches("td[data-edit]:not(.s-title)") && cell.parentElement.matches("[data-version]");

  // What the arrows stop at in a cell: the cell itself where it can be changed, else what can be pressed in it.
  const stopsOf = (cell) => {
    if (isCell(cell)) return [cell];
    const inner = [...cell.querySelectorAll(REACHED)].filter((one) => one.offsetParent && !one.matches(".s-cell-edit"));
    return inner.length || !cell.matches("td[data-field]") ? inner : [cell];
  };
  const rowsOf = (table) => [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.dataset.href && row.offsetParent);
  const stopOf = (target) => {
    const cell = target.closest?.("table[role=grid] tbody td");
    return cell && stopsOf(cell).find((one) => one === target || one.contains(target));
  };

  const go = (stop) => {
    if (!stop) return;
    const table = stop.closest("table");
    for (const one of table.querySelectorAll("tbody [tabindex='0']")) one.tabIndex = -1;
    stop.tabIndex = 0;
    stop.focus();
    stop.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const beside = (stop, step) => {
    const stops = [...stop.closest("tr").cells].flatMap(stopsOf);
    return stops[stops.indexOf(stop) + step];
  };
  const above = (stop, step) => {
    const cell = stop.closest("td");
    const rows = rowsOf(cell.closest("table"));
    const row = rows[rows.indexOf(cell.parentElement) + step];
    if (!row) return null;
    const place = stopsOf(cell).indexOf(stop);
    const stops = stopsOf(row.cells[Math.min(cell.cellIndex, row.cells.length - 1)]);
    return stops[Math.min(place, stops.length - 1)] || [...row.cells].flatMap(stopsOf)[0];
  };
  const end = (stop, last, whole) => {
    const rows = whole ? rowsOf(stop.closest("table")) : [stop.closest("tr")];
    return [...rows.at(last ? -1 : 0).cells].flatMap(stopsOf).at(last ? -1 : 0);
  };

  document.addEventListener("keydown", (event) => {
    const stop = event.isComposing || event.altKey || event.shiftKey ? null : stopOf(event.target);
    if (!stop || document.querySelector("details[open] > .s-menu-list:focus-within")) return;
    const control = event.ctrlKey || event.metaKey;
    const moves = control ? {} : {
      ArrowLeft: () => beside(stop, -1), ArrowRight: () => beside(stop, 1),
      ArrowUp: () => above(stop, -1), ArrowDown: () => above(stop, 1),
    };
    const found = { ...moves, Home: () => end(stop, false, control), End: () => end(stop, true, control) }[event.key];
    if (!found) return;
    event.preventDefault();
    go(found());
  });
  // A cell that was clicked is where the arrows go on from.
  document.addEventListener("focusin", (event) => {
    const stop = stopOf(event.target);
    if (!stop || stop.tabIndex === 0) return;
    for (const one of stop.closest("table").querySelectorAll("tbody [tabindex='0']")) one.tabIndex = -1;
    stop.tabIndex = 0;
  });

  const dress = () => {
    for (const table of document.querySelectorAll("table.list")) {
      if (isCards(table)) { undress(table); continue; }
      if (!table.querySelector("tr[data-version]")) continue;
      table.setAttribute("role", "grid");
      const name = table.closest("section[aria-label]")?.getAttribute("aria-label");
      if (name) table.setAttribute("aria-label", name);
      const kept = table.querySelector("tbody [tabindex='0']");
      for (const row of rowsOf(table)) {
        for (const cell of row.cells) {
          for (const one of cell.querySelectorAll(REACHED)) if (one !== kept) one.tabIndex = -1;
          if (cell.dataset.field === undefined) continue;
          if (cell !== kept) cell.tabIndex = -1;
          cell.setAttribute("aria-readonly", String(!(row.dataset.version && cell.dataset.edit !== undefined)));
        }
      }
      const first = kept || end(rowsOf(table)[0].cells[0], false, true);
      if (first) first.tabIndex = 0;
    }
  };
  const undress = (table) => {
    if (!table.matches("[role=grid]")) return;
    table.removeAttribute("role");
    for (const one of table.querySelectorAll("tbody [tabindex]")) one.removeAttribute("tabindex");
    for (const one of table.querySelectorAll("[aria-readonly]")) one.removeAttribute("aria-readonly");
  };
  phone.addEventListener("change", dress);
  onContent(dress);
  window.smallcrm.grid = {
    go, phone, isCards,
    // Every cell that can be changed, in reading order.
    cells: (table) => [...table.querySelectorAll("tr[data-version] td[data-edit]")].filter((cell) => cell.offsetParent),
    // Where the focus belongs when a cell has been left.
    stop: (cell) => stopsOf(cell)[0],
  };
})();
