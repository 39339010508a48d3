// Richer inputs over plain ones: date chips, file previews, tags, several of many, pickers. The plain input stays the
// one that is sent, so the server sees the same form with and without JavaScript.
(() => {
  "use strict";
  const { $, word, element, icon, onContent } = window.smallcrm;
  const changed = (input) => {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // ---- date chips: data-sets="input id" data-value="ISO" ----
  const pressChips = (input) => {
    input.classList.toggle("s-unset", !input.value);
    for (const chip of document.querySelectorAll(`[data-sets="${CSS.escape(input.id)}"]`))
      chip.setAttribute("aria-pressed", String(chip.dataset.value === input.value));
  };
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-sets]");
    const input = chip && document.getElementById(chip.dataset.sets);
    if (!input) return;
    input.value = input.value === chip.dataset.value ? "" : chip.dataset.value;
    changed(input);
  });
  document.addEventListener("change", (event) => {
    if (event.target.id && event.target.closest(".s-date-chips")) pressChips(event.target);
  });

  // ---- phrases: data-insert="textarea id" data-text puts the words where the cursor is ----
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    const area = button && document.getElementById(button.dataset.insert);
    if (!area) return;
    area.focus();
    area.setRangeText(button.dataset.text, area.selectionStart, area.selectionEnd, "end");
    changed(area);
  });

  // ---- filters that apply themselves ----
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.hasAttribute("data-autosubmit")) form.requestSubmit();
  });

  // ---- files: seen before they are sent ----
  const size = (bytes) => (bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches("[data-preview]")) return;
    const box = input.parentElement;
    $(".s-previews", box)?.remove();
    if (!input.files.length) return;
    const shown = element("div", { class: "s-previews" });
    for (const file of input.files) {
      if (file.type.startsWith("image/")) {
        const picture = element("img", { src: URL.createObjectURL(file), alt: file.name });
        picture.addEventListener("load", () => URL.revokeObjectURL(picture.src), { once: true });
        shown.append(picture);
      } else shown.append(element("figure", {}, icon("file"), element("figcaption", {}, `${file.name} · ${size(file.size)}`)));
    }
    const clear = element("button", { class: "btn s-icon-btn s-btn-quiet", type: "button", "aria-label": word("remove") }, icon("x"));
    clear.addEventListener("click", () => { input.value = ""; changed(input); });
    shown.append(clear);
    box.append(shown);
  });
  // A photo pasted into a text goes to the file input of the same form.
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    const input = files?.length && event.target.form && $("[data-preview]", event.target.form);
    if (!input) return;
    event.preventDefault();
    const all = new DataTransfer();
    for (const file of [...(input.multiple ? input.files : []), ...files]) all.items.add(file);
    input.files = all.files;
    changed(input);
  });

  // ---- several of many: the closed box says what is chosen ----
  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-multi]");
    if (!box) return;
    const names = [...box.querySelectorAll("input:checked")].map((one) => one.parentElement.textContent.trim());
    $("summary", box).textContent = names.join("、") || box.dataset.blank;
  });

  // ---- tags: chips over a text with commas ----
  const split = (text) => [...new Set(text.split(/[,，、;；\n]/).map((one) => one.trim()).filter(Boolean))];
  const dressTags = (input) => {
    input.dataset.dressed = "";
    const box = element("div", { class: "form-control s-tags" });
    const entry = element("input", { type: "text", autocomplete: "off", list: input.getAttribute("list"), id: `${input.id}-entry`, "aria-label": input.labels?.[0]?.textContent || input.name, "aria-describedby": input.getAttribute("aria-describedby"), form: "" });
    input.labels?.[0]?.setAttribute("for", entry.id);
    input.before(box);
    input.hidden = true;
    const draw = () => {
      box.replaceChildren(...split(input.value).map((tag) => {
        const remove = element("button", { type: "button", "aria-label": `${word("remove")} ${tag}` }, icon("x"));
        remove.addEventListener("click", () => set(split(input.value).filter((one) => one !== tag)));
        return element("span", { class: "s-chip hue-grey" }, tag, remove);
      }), entry);
    };
    const set = (list) => { input.value = list.join(", "); draw(); changed(input); entry.focus(); };
    const take = () => {
      if (!entry.value.trim()) return;
      const list = split(`${input.value},${entry.value}`);
      entry.value = "";
      set(list);
    };
    entry.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (/^(Enter|,|，|、)$/.test(event.key) && entry.value.trim()) { event.preventDefault(); take(); }
      if (event.key === "Backspace" && !entry.value) { const list = split(input.value); list.pop(); set(list); }
    });
    entry.addEventListener("blur", () => { if (entry.value.trim()) { input.value = split(`${input.value},${entry.value}`).join(", "); entry.value = ""; draw(); changed(input); } });
    box.addEventListener("click", (event) => { if (event.target === box) entry.focus(); });
    input.addEventListener("restored", draw);
    draw();
  };

  // ---- pickers: a search box over a select ----
  const dressPicker = (picker) => {
    picker.dataset.dressed = "";
    const select = $("select", picker);
    const label = select.labels?.[0];
    const listId = `${select.id}-options`;
    const box = element("input", {
      class: "form-control", type: "text", role: "combobox", id: `${select.id}-search`, form: "", autocomplete: "off", "aria-expanded": "false",
      "aria-controls": listId, "aria-autocomplete": "list", "aria-describedby": select.getAttribute("aria-describedby"),
      "aria-invalid": select.getAttribute("aria-invalid"), "aria-label": label ? null : select.getAttribute("aria-label"), placeholder: select.options[0]?.text,
    });
    const list = element("div", { class: "s-picker-list", role: "listbox", id: listId, "aria-label": label?.textContent || select.name, hidden: "" });
    label?.setAttribute("for", box.id);
    select.hidden = true;
    // A required select that cannot be seen would stop the form without a word; the server says it instead.
    select.required = false;
    picker.append(box, list);
    const chosen = () => (select.value ? select.selectedOptions[0].text : "");
    const show = () => { box.value = chosen(); };
    const close = () => { list.hidden = true; box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); };
    const options = () => [...list.querySelectorAll("[role=option]")];
    const point = (option) => {
      options().forEach((one, at) => { one.id ||= `${listId}-${at}`; one.setAttribute("aria-selected", String(one === option)); });
      if (option) { box.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    };
    const open = () => { list.hidden = false; box.setAttribute("aria-expanded", "true"); point(options()[0]); };
    const pick = (option) => {
      const { value, label: text } = option.dataset;
      if (![...select.options].some((one) => one.value === value)) select.append(new Option(text, value));
      select.value = value;
      show();
      close();
      changed(select);
    };
    const local = (query) => {
      const found = [...select.options].filter((one) => (one.value || !query) && one.text.toLowerCase().includes(query.toLowerCase()));
      list.replaceChildren(...found.slice(0, 50).map((one) => element("div", { role: "option", "data-value": one.value, "data-label": one.text }, element("span", {}, one.text))));
      if (!found.length) list.append(element("p", { class: "s-muted" }, word("nothing")));
    };
    let asked = 0;
    const remote = async (query) => {
      const mine = (asked += 1);
      const url = new URL(picker.dataset.src, location.href);
      url.searchParams.set("q", query);
      const answer = await fetch(url, { headers: { "HX-Request": "true", Accept: "text/html" } }).catch(() => null);
      if (mine !== asked || document.activeElement !== box) return;
      if (!answer?.ok) { list.replaceChildren(element("p", { class: "s-muted" }, word("failed"))); return; }
      // Our own server's fragment: parsed without scripts, and the CSP would stop any.
      list.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
      open();
    };
    let timer;
    const search = (query) => {
      clearTimeout(timer);
      local(query);
      open();
      if (picker.dataset.src && query) timer = setTimeout(remote, 180, query);
    };
    box.addEventListener("input", (event) => { if (!event.isComposing) search(box.value.trim()); });
    box.addEventListener("compositionend", () => search(box.value.trim()));
    box.addEventListener("focus", () => { box.select(); search(""); });
    box.addEventListener("blur", () => setTimeout(() => {
      if (!box.value.trim() && select.value) { select.value = ""; changed(select); }
      show();
      close();
    }, 150));
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => { const option = event.target.closest("[role=option]"); if (option) pick(option); });
    box.addEventListener("keydown", (event) => {
      const all = options();
      const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) open(); else point(all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
      } else if (event.key === "Enter" && !list.hidden && !event.isComposing) {
        event.preventDefault();
        if (all[at]) pick(all[at]);
      } else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); show(); close(); }
    });
    select.addEventListener("restored", show);
    show();
  };

  onContent(() => {
    document.querySelectorAll(".s-date-chips > input").forEach(pressChips);
    document.querySelectorAll("[data-tags]:not([data-dressed])").forEach(dressTags);
    document.querySelectorAll("[data-picker]:not([data-dressed])").forEach(dressPicker);
  });
})();
