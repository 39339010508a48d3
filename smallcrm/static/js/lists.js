// Lists: the form of conditions, the order and width of columns, more rows on a phone, the link to a list.
(() => {
  "use strict";
  const { $, word, toast, token, element, onContent } = window.smallcrm;

  // ---- conditions: lines come from the server, and go at once ----
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove-condition]");
    if (!button) return;
    event.preventDefault();
    const line = button.closest(".s-condition");
    const group = line.closest(".s-condition-group");
    const next = line.nextElementSibling || line.previousElementSibling;
    line.remove();
    // A group without conditions says nothing.
    if (group && !$(".s-condition", group)) group.remove();
    else (next && $("select, input:not([type=hidden]), summary", next) || $(".s-conditions [data-adds]"))?.focus();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const source = event.detail.ctx?.sourceElement;
    const adder = source?.closest?.("[data-conditions]");
    if (!adder) return;
    if (source.matches("[data-adds]")) source.value = "";
    const lines = adder.querySelectorAll(".s-condition");
    if (source.matches("[data-adds], [name^='add.']")) {
      const group = source.name.split(".")[1];
      const added = [...adder.querySelectorAll(`#conditions-${group} > .s-condition`)].pop();
      if (added) $("summary, .s-condition-value :is(input:not([type=hidden]), select)", added)?.focus();
      added?.scrollIntoView({ block: "nearest" });
    } else if (lines.length && source.matches("[name$='.op']")) {
      [...lines].find((line) => $("select", line)?.name === source.name)?.querySelector("select")?.focus();
    }
  });

  // ---- the order of columns ----
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-columns] [data-move]");
    if (!button) return;
    const item = button.closest("li");
    if (button.dataset.move === "-1") item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    button.focus();
    item.scrollIntoView({ block: "nearest" });
  });

  // ---- the width of columns: drawn by the edge of their head, or with the arrow keys on it ----
  const NARROWEST = 60, WIDEST = 800, STEP = 16;
  // A sheet of its own: styles in attributes are forbidden.
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const place = (head) => [...head.parentElement.children].indexOf(head) + 1;
  const draw = () => {
    const rules = [...document.querySelectorAll("table.list th[data-width]")].map((head) => {
      const width = `${head.dataset.width}px`;
      const cells = `table.list > * > tr > :nth-child(${place(head)}):not([colspan])`;
      return `@media (min-width: 768px) { ${cells} { width: ${width}; min-width: ${width}; max-width: ${width}; } }`;
    });
    sheet.replaceSync(rules.join("\n"));
  };
  const keep = async (head) => {
    const table = head.closest("table");
    const body = new URLSearchParams({ column: head.dataset.column, width: head.dataset.width, query: table.dataset.query });
    const answer = await fetch(`${location.pathname}/display/width`, { method: "POST", body, headers: { "X-CSRFToken": token() } }).catch(() => null);
    if (!answer?.ok) toast({ text: word("failed"), kind: "error" });
    else if (new URL(await answer.clone().text(), location.href).search !== location.search && table.dataset.query.includes("columns="))
      history.replaceState(history.state, "", await answer.text());
  };
  const resize = (head, width) => {
    head.dataset.width = Math.round(Math.min(Math.max(width, NARROWEST), WIDEST));
    $(".s-grip", head)?.setAttribute("aria-valuenow", head.dataset.width);
    draw();
  };
  const dressHeads = () => {
    draw();
    for (const head of document.querySelectorAll("table.list[data-query] th[data-column]")) {
      if ($(".s-grip", head)) continue;
      const grip = element("span", {
        class: "s-grip", role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-valuemin": NARROWEST,
        "aria-valuemax": WIDEST, "aria-valuenow": head.offsetWidth, "aria-label": word("width", { column: head.textContent.trim() }),
      });
      head.append(grip);
    }
  };
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".s-grip");
    if (!grip) return;
    event.preventDefault();
    const head = grip.closest("th");
    const start = head.offsetWidth, from = event.clientX;
    grip.setPointerCapture(event.pointerId);
    const move = (moved) => resize(head, start + moved.clientX - from);
    const end = () => {
      grip.removeEventListener("pointermove", move);
      if (head.dataset.width) keep(head);
    };
    grip.addEventListener("pointermove", move);
    grip.addEventListener("pointerup", end, { once: true });
    grip.addEventListener("pointercancel", end, { once: true });
  });
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest?.(".s-grip");
    if (!grip || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    const head = grip.closest("th");
    resize(head, head.offsetWidth + (event.key === "ArrowLeft" ? -STEP : STEP));
    clearTimeout(grip.keeping);
    grip.keeping = setTimeout(() => keep(head), 500);
  });
  onContent(dressHeads);

  // ---- more rows below those that are there: for the thumb ----
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-more]");
    if (!link) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy")) return;
    link.setAttribute("aria-busy", "true");
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const rows = page && $("#rows", page);
    link.removeAttribute("aria-busy");
    if (!rows) { toast({ text: word("failed"), kind: "error" }); return; }
    const first = rows.firstElementChild;
    $("#rows").append(...rows.children);
    $("#pager").replaceWith($("#pager", page) || "");
    $(".s-title a", first)?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: {} }));
  });

  // ---- back from a record: the rows that were seen, though not the page but the table is what scrolls ----
  let noting;
  document.addEventListener("scroll", (event) => {
    if (!event.target.matches?.(".s-list-page .s-table-wrap")) return;
    clearTimeout(noting);
    noting = setTimeout(() => history.replaceState({ ...history.state, scrolled: event.target.scrollTop }, ""), 120);
  }, { capture: true, passive: true });
  if (history.state?.scrolled) $(".s-list-page .s-table-wrap")?.scrollTo(0, history.state.scrolled);

  // ---- the link to this list ----
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-link]");
    if (!button) return;
    button.dataset.copy = location.href;
  }, true);
})();
