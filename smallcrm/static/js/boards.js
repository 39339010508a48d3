// Boards and calendars: what lies in one place is dragged to another, with mouse, finger or keyboard, and the one field
// that the place stands for is saved at once. What the server refuses goes back to where it was, with its reason.
(() => {
  "use strict";
  const { $, word, element, toast, token, unanswered, signedOut, onContent } = window.smallcrm;
  const ITEM = "[data-id][data-version]";
  const board = (inside) => inside.closest("[data-board]");
  const places = (of) => [...of.querySelectorAll("[data-place]")];
  const figures = () => $("[data-figures]")?.dispatchEvent(new CustomEvent("moved"));

  // ---- asking the server ----
  const ask = async (path, fields) => {
    const answer = await fetch(path, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token() },
      body: new URLSearchParams(fields),
    }).catch(() => null);
    if (!answer) { unanswered(); return null; }
    if (answer.status === 401) { signedOut(); return null; }
    const said = await answer.json().catch(() => ({}));
    return { ...said, ok: answer.ok, status: answer.status };
  };
  // Where an item lay: in front of what, so that it can be put back.
  const spot = (item) => ({ list: item.parentElement, before: item.nextElementSibling });
  const put = (item, { list, before }) => {
    list.insertBefore(item, before?.parentElement === list ? before : $(".s-board-more", list));
  };
  const reload = (list) => {
    const { href } = list.dataset;
    if (href) htmx.ajax("GET", href, { target: list, swap: "innerHTML" });
    else htmx.ajax("GET", location.href, { target: "#results", swap: "outerHTML" });
  };

  // The item already lies in its new place; `old` is where it came from.
  const save = async (item, old) => {
    const here = board(item);
    const { list } = spot(item);
    if (list === old.list) return;
    item.setAttribute("aria-busy", "true");
    const path = `${here.dataset.base}/${item.dataset.id}/place`;
    const said = await ask(path, { field: here.dataset.board, value: list.dataset.place, version: item.dataset.version });
    item.removeAttribute("aria-busy");
    if (said?.ok) {
      item.dataset.version = said.version;
      told(said, here, [old.list, list]);
      return;
    }
    const focused = item.contains(document.activeElement);
    put(item, old);
    if (focused) $("a", item)?.focus();
    if (said) refused(said, here, item);
  };
  const told = (said, here, lists) => {
    figures();
    const shown = toast({ text: said.text, undo: said.undo });
    $("form", shown)?.addEventListener("submit", async (event) => {
      event.preventDefault();
      shown.remove();
      const answer = await fetch(said.undo, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": token() } }).catch(() => null);
      if (!answer) { unanswered(); return; }
      if (!answer.ok) { toast({ text: (await answer.json().catch(() => ({}))).error?.message || word("failed"), kind: "error" }); return; }
      toast({ text: here.dataset.undone });
      if (lists[0].dataset.href) lists.forEach(reload); else reload(lists[0]);
      figures();
    });
  };
  const refused = (said, here, item) => {
    const named = Object.keys(said.error?.fields || {});
    const needs = named.length && !named.includes(here.dataset.board);
    const more = needs ? { href: `${here.dataset.base}/${item.dataset.id}/edit#${named[0]}`, label: here.dataset.form } : {};
    const stale = said.status === 409 || said.status === 404 ? { href: location.href, label: here.dataset.reload } : {};
    toast({ text: said.error?.message || word("failed"), kind: "error", ...stale, ...more });
  };

  // ---- mouse and finger: a long press on a touch screen, so that scrolling still scrolls ----
  let library = null;
  const sortable = (address) => {
    library ||= new Promise((done, failed) => {
      const script = element("script", { src: address });
      script.addEventListener("load", () => done(window.Sortable));
      script.addEventListener("error", failed);
      document.head.append(script);
    });
    return library;
  };
  const dressBoards = () => {
    for (const one of document.querySelectorAll("[data-board]:not([data-dressed])")) {
      one.dataset.dressed = "";
      sortable(one.dataset.sortable).then((Sortable) => places(one).forEach((list) => draggable(Sortable, list)), unanswered);
    }
  };
  const draggable = (Sortable, list) => {
    let old = null;
    Sortable.create(list, {
      group: "places",
      draggable: ITEM,
      filter: "[data-fixed], .s-card-move",
      preventOnFilter: false,
      sort: false,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      forceFallback: true,
      fallbackOnBody: true,
      fallbackTolerance: 5,
      delay: 220,
      delayOnTouchOnly: true,
      touchStartThreshold: 6,
      scroll: true,
      scrollSensitivity: 72,
      scrollSpeed: 14,
      bubbleScroll: true,
      ghostClass: "s-drag-ghost",
      dragClass: "s-drag",
      onStart: ({ item }) => { old = spot(item); document.documentElement.classList.add("s-dragging"); },
      onEnd: ({ item }) => {
        document.documentElement.classList.remove("s-dragging");
        save(item, old);
      },
    });
  };
  // The click that ends a drag opens nothing.
  document.addEventListener("click", (event) => {
    if (document.documentElement.classList.contains("s-dragging") && event.target.closest(ITEM)) event.preventDefault();
  }, true);

  // ---- keyboard: arrows walk, Alt with an arrow moves ----
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };
  const move = (item, to) => {
    if (!to || item.hasAttribute("data-fixed")) return;
    const old = spot(item);
    put(item, { list: to, before: to.firstElementChild });
    $("a", item)?.focus();
    item.scrollIntoView({ block: "nearest", inline: "nearest" });
    save(item, old);
  };
  const walk = (item, key, lists) => {
    const own = [...item.parentElement.querySelectorAll(ITEM)];
    const index = own.indexOf(item);
    if (key === "ArrowUp" || key === "ArrowDown") return own[index + STEPS[key]];
    let at = lists.indexOf(item.parentElement) + STEPS[key];
    while (lists[at] && !$(ITEM, lists[at])) at += STEPS[key];
    const there = lists[at] ? [...lists[at].querySelectorAll(ITEM)] : [];
    return there[Math.min(index, there.length - 1)];
  };
  document.addEventListener("keydown", (event) => {
    const item = event.target.closest?.(`[data-board] ${ITEM}`);
    if (!item || !(event.key in STEPS) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const lists = places(board(item));
    const week = Number(board(item).dataset.week || 0);
    const vertical = event.key === "ArrowUp" || event.key === "ArrowDown";
    event.preventDefault();
    if (!event.altKey) { const next = walk(item, event.key, lists); if (next) $("a", next).focus(); return; }
    const step = STEPS[event.key] * (vertical ? week : 1);
    if (step) move(item, lists[lists.indexOf(item.parentElement) + step]);
  });

  // ---- the list of places (a sheet on phones): what it would post is the same move ----
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-place-form]");
    const dialog = form?.closest("dialog");
    const item = form && $(`[data-board] [data-id="${form.dataset.id}"]`);
    const value = event.submitter?.name === "value" ? event.submitter.value : form && new FormData(form).get("value");
    const to = item && places(board(item)).find((list) => list.dataset.place === value);
    if (!dialog || !to) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    dialog.close();
    if (to !== item.parentElement) move(item, to);
  }, true);

  // ---- groups of a table fold ----
  document.addEventListener("click", (event) => {
    const fold = event.target.closest("[data-fold]");
    const rows = fold?.closest("tbody").nextElementSibling;
    if (!rows) return;
    rows.hidden = !rows.hidden;
    fold.setAttribute("aria-expanded", String(!rows.hidden));
  });

  // ---- on a phone the month is a list of days: it opens at today ----
  const dressMonths = () => {
    const month = $(".s-cal:not([data-opened])");
    if (!month) return;
    month.dataset.opened = "";
    if (!matchMedia("(max-width: 767.98px)").matches) return;
    const days = [...month.querySelectorAll(".s-cal-day")];
    const today = days.findIndex((day) => day.matches(".s-cal-today:not(.s-cal-outside)"));
    const next = today < 0 ? null : days.slice(today).find((day) => !day.matches(".s-cal-bare, .s-cal-outside"));
    if (next && days.indexOf(next) > 0) next.scrollIntoView({ block: "start" });
  };

  onContent(dressBoards);
  onContent(dressMonths);
})();
