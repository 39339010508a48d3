// Selecting rows of a list: boxes, ranges with shift, a long press on phones, keys; and the bar with what can be done.
// The boxes are real and belong to the form #selection, so that all of it works without this file, too.
(() => {
  "use strict";
  const { $, onContent } = window.smallcrm;
  const PRESS = 450;
  const boxes = () => [...document.querySelectorAll('#results .s-pick input[name="ids"], #rows .s-pick input[name="ids"]')];
  const rowOf = (element) => element?.closest?.("tr:has(.s-pick)");
  const boxOf = (row) => row && $('.s-pick input[name="ids"]', row);
  const everything = () => $('#selection [name="select"]');
  const picking = () => document.documentElement.classList.contains("s-picking");
  let last = null;

  // ---- what is selected, said ----
  const update = () => {
    const bar = $("#selection");
    if (!bar) { document.documentElement.classList.remove("s-picking"); return; }
    const all = boxes();
    const chosen = all.filter((box) => box.checked);
    const whole = everything();
    const count = whole?.checked ? whole.dataset.count : String(chosen.length);
    const some = chosen.length > 0 || Boolean(whole?.checked);
    for (const box of all) box.closest("tr").classList.toggle("s-picked", box.checked);
    const said = $("[data-selected]", bar);
    said.textContent = some ? said.dataset.selected.replace("%(count)s", count) : "";
    bar.classList.toggle("s-open", some || picking());
    // Everything is offered once the whole page is ticked.
    $(".s-selection-all", bar)?.classList.toggle("s-offered", all.length > 0 && chosen.length === all.length);
    for (const button of bar.querySelectorAll("[data-bulk]")) button.disabled = !some;
    for (const button of bar.querySelectorAll("[data-least]")) {
      const most = Number(button.dataset.most);
      const number = whole?.checked && most ? Infinity : Math.max(chosen.length, whole?.checked ? 1 : 0);
      button.disabled = number < Number(button.dataset.least) || (most > 0 && number > most);
    }
    const page = $("[data-pick-page]");
    if (page) {
      page.checked = all.length > 0 && chosen.length === all.length;
      page.indeterminate = chosen.length > 0 && chosen.length < all.length;
    }
  };
  const mode = (on) => document.documentElement.classList.toggle("s-picking", on);
  const clear = () => {
    for (const box of boxes()) box.checked = false;
    if (everything()) everything().checked = false;
    mode(false);
    last = null;
    update();
  };
  const pick = (box, range) => {
    const all = boxes();
    const from = all.indexOf(last);
    const to = all.indexOf(box);
    if (range && from >= 0 && to >= 0)
      for (const between of all.slice(Math.min(from, to), Math.max(from, to) + 1)) between.checked = box.checked;
    last = box;
    // One row less is not everything any more.
    if (!box.checked && everything()) everything().checked = false;
    update();
  };

  // ---- boxes ----
  document.addEventListener("click", (event) => {
    const box = event.target.closest?.('.s-pick input[name="ids"]');
    if (box) pick(box, event.shiftKey);
    if (event.target.closest("[data-unselect]")) { event.preventDefault(); clear(); }
    const entry = event.target.closest("[data-pick-mode]");
    if (entry) { mode(true); entry.closest("details").open = false; update(); }
  });
  // Shift and a click select text as well.
  document.addEventListener("mousedown", (event) => { if (event.shiftKey && event.target.closest(".s-pick")) event.preventDefault(); });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-page]")) {
      for (const box of boxes()) box.checked = event.target.checked;
      if (!event.target.checked && everything()) everything().checked = false;
      update();
    } else if (event.target === everything()) {
      for (const box of boxes()) box.checked = event.target.checked;
      update();
    }
  });

  // ---- the thumb: a long press begins, then every touch of a row ticks it ----
  let timer = null;
  const letGo = () => { clearTimeout(timer); timer = null; };
  document.addEventListener("touchstart", (event) => {
    const row = rowOf(event.target);
    if (!row || event.touches.length > 1 || picking() || !boxOf(row)) return;
    timer = setTimeout(() => {
      timer = null;
      mode(true);
      boxOf(row).checked = true;
      pick(boxOf(row), false);
      navigator.vibrate?.(10);
      // The finger is still down: what it would open on the way up stays closed.
      swallow = true;
    }, PRESS);
  }, { passive: true });
  let swallow = false;
  for (const name of ["touchmove", "touchcancel"]) document.addEventListener(name, letGo, { passive: true });
  document.addEventListener("touchend", () => { letGo(); setTimeout(() => { swallow = false; }, 50); }, { passive: true });
  document.addEventListener("contextmenu", (event) => { if (swallow || (picking() && rowOf(event.target))) event.preventDefault(); });
  // Before anything else that a touch of a row would do.
  window.addEventListener("click", (event) => {
    const row = rowOf(event.target);
    if (!row || !picking()) return;
    if (!swallow && event.target.closest(".s-pick label, .s-row-actions")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (swallow) { swallow = false; return; }
    const box = boxOf(row);
    box.checked = !box.checked;
    pick(box, event.shiftKey);
  }, true);

  // ---- keys: x ticks the row with the focus or under the pointer, Esc lets all go ----
  const typing = (target) => target.isContentEditable || target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select");
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if ($("dialog[open], details.s-menu[open], details.s-multi[open]")) return;
    if (event.key === "Escape" && (picking() || boxes().some((box) => box.checked))) { clear(); return; }
    if (event.key !== "x" && event.key !== "X") return;
    const box = boxOf(rowOf(document.activeElement)) || boxOf($("#results tr:hover, #rows tr:hover"));
    if (!box) return;
    event.preventDefault();
    box.checked = !box.checked;
    pick(box, event.shiftKey);
  });

  // ---- the dialog: its title, and the fields to be changed, one after the other ----
  const dressForm = () => {
    const form = $("#bulk-form form[data-title]");
    const title = $("#bulk-title");
    if (form && title) title.textContent = form.dataset.title;
    const fields = form && $("[data-fields]", form);
    if (!fields || fields.dataset.dressed !== undefined) return;
    fields.dataset.dressed = "";
    const picker = $("[data-field-picker]", fields);
    const set = (field, on) => {
      field.hidden = field.disabled = !on;
      $(`option[value="${field.dataset.field}"]`, picker).hidden = on;
    };
    for (const field of fields.querySelectorAll("[data-field]")) {
      const option = document.createElement("option");
      option.value = field.dataset.field;
      option.textContent = field.dataset.label;
      picker.append(option);
      set(field, field.dataset.chosen !== undefined);
    }
    picker.addEventListener("change", () => {
      const field = $(`[data-field="${picker.value}"]`, fields);
      if (!field) return;
      // In the order in which they are chosen.
      fields.append(field);
      set(field, true);
      picker.value = "";
      $("input:not([type=hidden]), select, textarea, summary", field)?.focus();
    });
    fields.addEventListener("click", (event) => {
      const drop = event.target.closest("[data-drop-field]");
      if (drop) { set(drop.closest("[data-field]"), false); picker.focus(); }
    });
  };
  // Emptying is a choice of its own: what stands in the control does not count then.
  document.addEventListener("change", (event) => {
    const field = event.target.closest?.(".s-bulk-field");
    if (field && event.target.name === "clear") field.classList.toggle("s-cleared", event.target.checked);
  });

  onContent(() => { update(); dressForm(); });
})();
