// Changing cells of a list: the field's own control over the cell, on a phone in a sheet. A change is saved on choosing,
// with Enter, with Tab or on leaving; what was typed stays until it is saved or given up with Escape.
(() => {
  "use strict";
  const { $, word, element, icon, toast, banner, unanswered, token, signedOut, dress, onContent, grid } = window.smallcrm;
  // Longer than a double click takes: until then a click on a cell might become one.
  const DOUBLE = 300;
  const PRESSED = "a, button, input, label, details, select";
  let open = null; // the control that is shown: {row, cell, box, form, first, saving, pressed}
  const undos = []; // [{url, href, field}], the newest last

  // ---- asking the server ----
  const queryOf = (row) => {
    const query = new URLSearchParams(row?.closest("table")?.dataset.query ?? location.search);
    query.delete("after");
    if (row) query.set("cells", [...row.querySelectorAll("td[data-field]")].map((cell) => cell.dataset.field));
    return query;
  };
  const ask = async (url, body) => {
    const headers = { "HX-Request": "true", Accept: "text/html", "X-CSRFToken": token() };
    const answer = await fetch(url, { method: body ? "POST" : "GET", body, headers }).catch(() => null);
    if (!answer) {
      if (navigator.onLine) unanswered(); else banner(word("offline"));
      return { status: 0, said: word(navigator.onLine ? "failed" : "offline") };
    }
    if (answer.status < 500) banner("");
    // Our own server's fragment: parsed without scripts, and the CSP would stop any.
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.status === 401) signedOut();
    const said = answer.status >= 500 ? word("server") : page.body.textContent.trim();
    const spoken = JSON.parse(answer.headers.get("HX-Trigger") || "{}").toast;
    return { status: answer.status, page, said, spoken };
  };

  // ---- the row as the server shows it now ----
  const rowOf = (href) => $(`tr[data-href="${CSS.escape(href)}"]`);
  const show = (href, page) => {
    const row = rowOf(href);
    if (!row) return;
    const table = $("table", page);
    const fresh = $("tr", table);
    pen.remove();
    $(".s-left-note", row)?.remove();
    if (fresh) row.dataset.version = fresh.dataset.version; else delete row.dataset.version;
    for (const cell of fresh?.cells || []) {
      const old = $(`td[data-field="${CSS.escape(cell.dataset.field)}"]`, row);
      if (!old || old.innerHTML.replace(/ tabindex="-?\d"/g, "") === cell.innerHTML) continue;
      old.replaceChildren(...cell.childNodes);
      old.classList.remove("s-changed");
      requestAnimationFrame(() => old.classList.add("s-changed"));
    }
    const left = table.dataset.gone || table.dataset.left;
    row.classList.toggle("s-left", Boolean(left));
    if (left) $(".s-title", row).append(element("small", { class: "s-left-note" }, left));
    dress();
    document.body.dispatchEvent(new CustomEvent("row-changed", { detail: { href } }));
  };
  let told = null;
  const tell = (spoken) => {
    told?.remove();
    told = toast(spoken);
  };

  // ---- the control over its cell ----
  const FIRST = ["[autofocus]:not([hidden])", ".s-picker input", ".s-tags input", ".s-date-chips > input", "input:checked", "input:not([type=hidden], [hidden]), select, textarea, button"];
  const stateOf = (form) => JSON.stringify([...new FormData(form)].filter(([name]) => !/^(csrf_token|version)$/.test(name)).map(([name, value]) => [name, value.name ?? value, value.size]));
  const place = () => {
    if (!open || open.sheet) return;
    const { box, cell } = open;
    const at = cell.getBoundingClientRect();
    const wide = Math.max(at.width, Math.min(open.form.dataset.widget === "textarea" ? 380 : 248, innerWidth - 16));
    const below = innerHeight - at.top;
    box.style.width = `${wide}px`;
    box.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - wide - 8)) + scrollX}px`;
    const up = below < 340 && at.bottom > below;
    box.classList.toggle("s-up", up);
    box.style.top = `${(up ? at.bottom : at.top) + scrollY}px`;
  };
  const put = (box, page) => {
    const form = $("form", page);
    box.replaceChildren(form);
    htmx.process(box);
    dress();
    open.form = form;
    open.first ??= stateOf(form);
    place();
    FIRST.map((one) => [...form.querySelectorAll(one)].find((found) => found.offsetParent)).find(Boolean)?.focus({ preventScroll: !open.sheet });
    if (document.activeElement.matches("input:not([type=radio], [type=checkbox])")) document.activeElement.select?.();
  };
  const note = (text) => {
    const line = $(".s-note", open.form);
    line.textContent = text;
    line.classList.add("s-note-error");
    line.setAttribute("role", "alert");
  };
  const load = (cell) => {
    const row = cell.closest("tr");
    const query = queryOf(row);
    query.set("version", row.dataset.version);
    return ask(`${row.dataset.href}/cells/${cell.dataset.field}?${query}`);
  };
  const edit = async (cell, { pressed = false, ready = load(cell), sheet = null } = {}) => {
    if (open && !(await save())) return;
    const row = cell.closest("tr");
    cell.classList.add("s-heard");
    const answer = await ready;
    cell.classList.remove("s-heard");
    if (open) return;
    if (answer.status !== 200) {
      if (answer.status !== 401) toast({ text: answer.said, kind: "error" });
      return;
    }
    const box = sheet || element("div", { class: "s-cell", role: "dialog", "aria-label": cell.dataset.label });
    if (!sheet) document.body.append(box);
    open = { row, cell, href: row.dataset.href, field: cell.dataset.field, box, pressed, sheet: Boolean(sheet), saving: null };
    put(box, answer.page);
    cell.classList.add("s-editing");
  };
  const close = ({ focus = true } = {}) => {
    if (!open) return;
    const { box, cell, href, field, sheet } = open;
    open = null;
    cell.classList.remove("s-editing");
    if (sheet) { box.replaceChildren(); box.closest("dialog").close(); return; }
    box.remove();
    // The list may have been loaded again meanwhile.
    const here = cell.isConnected ? cell : $(`td[data-field="${CSS.escape(field)}"]`, rowOf(href) || document.body);
    if (focus && here) grid.go(grid.stop(here));
  };

  // ---- saving ----
  const settle = (form) => {
    // Tags still being typed become tags, an emptied picker chooses nobody: both would only hear it once left.
    $(".s-tags > input", form)?.dispatchEvent(new Event("blur"));
    for (const picker of form.querySelectorAll("[data-picker]")) if (!$("input", picker)?.value.trim()) $("select", picker).value = "";
  };
  const changed = () => { settle(open.form); return stateOf(open.form) !== open.first; };
  // Whether the control is closed and nothing is left to do.
  const save = async ({ submitter = null, focus = false } = {}) => {
    if (!open) return true;
    if (open.saving) return open.saving;
    const conflict = $(".s-cell-conflict", open.form);
    if (!submitter?.name && !changed() && !conflict) { close({ focus }); return true; }
    // Which of two values stays is for a person to say, not for a click beside them.
    if (conflict && !submitter?.name) return false;
    open.saving = send(open, submitter, focus);
    return open.saving.finally(() => { if (open) open.saving = null; });
  };
  const send = async (mine, submitter, focus) => {
    const body = new FormData(mine.form);
    if (submitter?.name) body.set(submitter.name, submitter.value);
    mine.form.setAttribute("aria-busy", "true");
    const answer = await ask(`${mine.form.getAttribute("action")}?${queryOf(rowOf(mine.href) || mine.row)}`, body);
    mine.form.removeAttribute("aria-busy");
    if (answer.status === 200) {
      if (answer.spoken?.undo) undos.push({ url: answer.spoken.undo, href: mine.href, field: mine.field });
      show(mine.href, answer.page);
      close({ focus });
      if (answer.spoken) tell(answer.spoken);
      return true;
    }
    if (answer.page && $("form.s-cell-form", answer.page)) put(mine.box, answer.page);
    else note(answer.said);
    return false;
  };
  const cancel = async () => {
    const { href, form } = open;
    const stale = $(".s-cell-conflict", form);
    close();
    if (!stale) return;
    const answer = await ask(`${href}/cells?${queryOf(rowOf(href))}`);
    if (answer.status === 200) show(href, answer.page);
  };
  const advance = async (step) => {
    const { row, cell } = open;
    const cells = grid.cells(row.closest("table"));
    const next = cells[cells.indexOf(cell) + step];
    const ready = next && load(next);
    if (await save({ focus: !next }) && next?.isConnected) await edit(next, { ready });
  };

  // ---- keys ----
  const inOrder = (form) => [...form.querySelectorAll("input:not([type=hidden]), select, textarea, summary, button")]
    .filter((one) => one.offsetParent && one.tabIndex >= 0 && !one.closest(".s-cell-actions") && (one.type !== "radio" || one.checked || !$("input[type=radio]:checked", form)));
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (open?.box.contains(event.target)) { inside(event); return; }
    const cell = event.target.closest?.("table[role=grid] tr[data-version] td[data-edit]");
    const typing = event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && undos.length && !typing && !$("dialog[open]")) {
      event.preventDefault();
      undo(undos.pop());
    } else if (cell && (event.key === "F2" || (event.key === "Enter" && event.target === cell))) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) ($("a[href]", cell) || $(".s-title a", cell.parentElement)).click();
      else edit(cell);
    } else if (event.key === "Enter" && event.target.matches("td[data-field]")) $(".s-title a", event.target.parentElement)?.click();
  });
  // Before the controls hear of it: a picker would only close its list.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || !open?.box.contains(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    cancel();
  }, true);
  const inside = (event) => {
    open.pressed = open.chip = false;
    if (event.key === "Tab" && !open.sheet && !$(".s-cell-conflict", open.form)) {
      const order = inOrder(open.form);
      const at = order.indexOf(document.activeElement) + (event.shiftKey ? -1 : 1);
      if (order[at] && !order[at].matches("[data-sets]")) return;
      event.preventDefault();
      advance(event.shiftKey ? -1 : 1);
    } else if (event.key === "Enter" && !event.defaultPrevented && !event.target.matches("button, a, summary")) {
      // On a phone there is no other way to a second line.
      if (event.target.matches("textarea") && (event.shiftKey || open.sheet)) return;
      event.preventDefault();
      save({ focus: true });
    }
  };

  // ---- choosing, leaving ----
  document.addEventListener("change", (event) => {
    if (!open?.form.contains(event.target)) return;
    if (open.sheet) open.form.setAttribute("data-dirty", "");
    const radio = event.target.matches("input[type=radio], select:not(.s-regions select)") && open.pressed;
    // A picker's select changes only when somebody has picked; arrows walk through radios and selects.
    if (radio || event.target.matches("[data-picker] > select") || open.chip) save({ focus: true });
  });
  document.addEventListener("input", (event) => {
    if (open?.sheet && open.form.contains(event.target)) open.form.setAttribute("data-dirty", "");
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (open && form === open.form) {
      event.preventDefault();
      event.stopImmediatePropagation();
      save({ submitter: event.submitter, focus: true });
      return;
    }
    const mine = form.closest("#toasts") ? undos.findIndex((one) => one.url === form.getAttribute("action")) : -1;
    if (mine < 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    undo(undos.splice(mine, 1)[0]);
  }, true);
  let leaving = null;
  document.addEventListener("pointerdown", (event) => {
    leaving = null;
    if (!open) return;
    if (open.box.contains(event.target)) {
      open.pressed = true;
      open.chip = Boolean(event.target.closest("[data-sets]"));
    } else if (!open.sheet && !event.target.closest(".s-messages, dialog")) leaving = save();
  }, true);
  document.addEventListener("focusin", (event) => {
    if (open && !open.sheet && !leaving && !open.saving && !open.box.contains(event.target) && !event.target.closest(".s-messages, dialog, td.s-editing")) save();
  });
  window.addEventListener("beforeunload", (event) => { if (open && changed()) event.preventDefault(); });
  document.addEventListener("scroll", place, { capture: true, passive: true });
  window.addEventListener("resize", place);

  // ---- opening a cell: two clicks, or the pen beside the pointer; one click opens the record as in every list ----
  let clicked = { cell: null, at: 0 };
  let opening;
  document.addEventListener("click", async (event) => {
    if (open?.box.contains(event.target)) {
      if (event.target.closest("[data-cancel]")) { event.preventDefault(); cancel(); }
      return;
    }
    if (leaving) {
      // The click that leaves a cell only does that; a link is followed once the cell is saved.
      const link = event.target.closest("a[href]");
      const wait = leaving;
      leaving = null;
      if (link && !event.ctrlKey && !event.metaKey) { event.preventDefault(); if (await wait) link.click(); return; }
      if (event.target.closest("tr[data-href]") && !event.target.closest(PRESSED)) {
        event.preventDefault();
        clicked = { cell: event.target.closest("td"), at: event.timeStamp };
        return;
      }
    }
    const cell = event.target.closest("tr[data-version] td[data-edit]");
    if (!cell || event.ctrlKey || event.metaKey || event.target.closest(PRESSED)) return;
    const row = cell.parentElement;
    if (grid.isCards(row.closest("table"))) {
      if (cell.matches(".s-lead")) { event.preventDefault(); inSheet(cell); }
      return;
    }
    event.preventDefault();
    clearTimeout(opening);
    row.classList.remove("s-opening");
    const twice = clicked.cell === cell && event.timeStamp - clicked.at < 2 * DOUBLE;
    clicked = { cell, at: twice ? 0 : event.timeStamp };
    if (twice) { getSelection().removeAllRanges(); edit(cell, { pressed: true }); return; }
    if (String(getSelection())) return;
    row.classList.add("s-opening");
    opening = setTimeout(() => { location.href = row.dataset.href; }, DOUBLE);
  }, true);
  window.addEventListener("pageshow", () => $(".s-opening")?.classList.remove("s-opening"));
  const pen = element("button", { class: "s-cell-edit", type: "button", tabindex: "-1" });
  pen.addEventListener("click", () => edit(pen.parentElement, { pressed: true }));
  document.addEventListener("mouseover", (event) => {
    const cell = event.target.closest("table[role=grid] tr[data-version] td[data-edit]");
    if (cell === pen.parentElement) return;
    pen.remove();
    if (!cell) return;
    if (!pen.firstChild) pen.append(icon("edit"));
    pen.setAttribute("aria-label", word("edit", { field: cell.dataset.label }));
    cell.append(pen);
  });

  // ---- on a phone: a sheet with what can be changed in the card ----
  const sheet = () => {
    const found = $("#cell-sheet");
    if (found) return found;
    const made = element("dialog", { class: "s-dialog s-cell-sheet", id: "cell-sheet", "aria-labelledby": "cell-sheet-title" },
      element("header", { class: "s-dialog-head" }, element("h2", { id: "cell-sheet-title" }),
        element("form", { method: "dialog" }, element("button", { class: "btn s-icon-btn s-btn-quiet", type: "submit", "aria-label": word("close") }, icon("x")))),
      element("div", { class: "s-dialog-body" }));
    made.addEventListener("close", () => { if (open?.sheet) close(); });
    made.addEventListener("cancel", (event) => { if (open?.sheet && $("[data-dirty]", made)) event.preventDefault(); });
    document.body.append(made);
    return made;
  };
  const raise = (...title) => {
    const made = sheet();
    $("h2", made).replaceChildren(...title);
    $(".s-dialog-body", made).replaceChildren();
    return made;
  };
  const inSheet = async (cell) => {
    const ready = load(cell);
    const { status } = await ready;
    const made = raise(cell.dataset.label, element("small", {}, $(".s-title a", cell.parentElement).textContent));
    if (status !== 200) made.close();
    else if (!made.open) made.showModal();
    await edit(cell, { ready, pressed: true, sheet: $(".s-dialog-body", made) });
  };
  const shownOf = (cell) => {
    const value = element("strong", {});
    value.innerHTML = cell.innerHTML; // what the page shows already
    $(".s-left-note", value)?.remove();
    for (const link of value.querySelectorAll("a")) link.replaceWith(link.textContent);
    return value.textContent.trim() ? value : element("strong", {}, "—");
  };
  const listed = (row) => {
    const made = raise($(".s-title a", row).textContent);
    const body = $(".s-dialog-body", made);
    for (const cell of row.querySelectorAll("td[data-edit]")) {
      const button = element("button", { class: "s-cell-line", type: "button" }, element("span", {}, cell.dataset.label), shownOf(cell), icon("chevron-right"));
      button.addEventListener("click", () => { button.setAttribute("aria-busy", "true"); inSheet(cell); });
      body.append(button);
    }
    made.showModal();
  };
  onContent(() => {
    for (const row of document.querySelectorAll("table.list tr[data-version]")) {
      const has = $(".s-cell-more", row);
      if (!grid.isCards(row.closest("table"))) { has?.remove(); continue; }
      if (has) continue;
      const button = element("button", { class: "btn s-icon-btn s-btn-quiet s-cell-more", type: "button", "aria-label": word("change") }, icon("dots"));
      button.addEventListener("click", () => listed(row));
      let place = $("td.s-row-actions", row);
      if (!place) row.append(place = element("td", { class: "s-row-actions" }));
      place.append(button);
    }
  });

  // ---- undo: the toast's button, and Ctrl-Z anywhere but in a text ----
  const undo = async (change) => {
    const answer = await ask(`${change.url}?${queryOf(rowOf(change.href))}`, new FormData());
    if (answer.status === 200) {
      show(change.href, answer.page);
      if (answer.spoken) tell(answer.spoken);
      const cell = $(`td[data-field="${CSS.escape(change.field)}"]`, rowOf(change.href) || document.body);
      if (cell && !grid.isCards(cell.closest("table"))) grid.go(grid.stop(cell));
      return;
    }
    // Without an answer nobody knows whether it was taken back; asking again does no harm.
    if (answer.status === 0 || answer.status >= 500) undos.push(change);
    if (answer.status !== 401) tell({ text: answer.said, kind: "error" });
  };
})();
