// Forms: nothing typed is lost (drafts), nothing is sent twice, what cannot be undone asks first, errors are said.
(() => {
  "use strict";
  const { $, word, store, element, toast, banner, unanswered, signedOut, onContent } = window.smallcrm;
  const WEEK = 7 * 24 * 3600 * 1000;

  // ---- asking first: data-confirm on forms, links and buttons, and hx-confirm ----
  const ask = (text, yes) => new Promise((resolve) => {
    const dialog = $("#confirm");
    $("#confirm-text").textContent = text;
    $("[data-yes] span", dialog).textContent = yes || word("continue");
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
  const agreed = new WeakSet();
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const asking = event.submitter?.closest("[data-confirm]") || form.closest("form[data-confirm]");
    if (!asking || agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await ask(asking.dataset.confirm, asking.dataset.confirmYes))) return;
    agreed.add(form);
    form.requestSubmit(event.submitter);
  }, true);
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-confirm]");
    if (!link || agreed.delete(link)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await ask(link.dataset.confirm, link.dataset.confirmYes))) return;
    agreed.add(link);
    link.click();
  }, true);
  document.addEventListener("htmx:confirm", async (event) => {
    const { ctx, issueRequest, dropRequest } = event.detail;
    event.preventDefault();
    if (await ask(ctx.confirm, ctx.sourceElement.dataset.confirmYes)) issueRequest();
    else dropRequest();
  });

  // ---- sending: the pressed button answers at once, after a second the page shows that it works ----
  const busy = new Map();
  const buttonsOf = (source) => {
    if (source.matches("form")) return [...source.elements].filter((one) => one.type === "submit");
    return source.matches("button") ? [source] : [];
  };
  // key: the form of a plain submit, the context of an htmx request (whose source element may be swapped away).
  const start = (key, source, button) => {
    stop(key);
    const buttons = buttonsOf(source);
    // After this turn of the event loop: a disabled button would not send its own name and value.
    setTimeout(() => { if (busy.has(key)) buttons.forEach((one) => one.setAttribute("aria-disabled", "true")); });
    button?.setAttribute("aria-busy", "true");
    const bar = element("div", { class: "s-busy", role: "progressbar", "aria-label": button?.textContent || "" });
    const timer = setTimeout(() => document.body.append(bar), 1000);
    busy.set(key, () => {
      clearTimeout(timer);
      bar.remove();
      button?.removeAttribute("aria-busy");
      buttons.forEach((one) => one.removeAttribute("aria-disabled"));
    });
  };
  const stop = (key) => { busy.get(key)?.(); busy.delete(key); };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || event.defaultPrevented) return;
    if (busy.has(form)) { event.preventDefault(); return; }
    if (form.hasAttribute("data-sign-out")) dropDrafts();
    markSent(form);
    // A download leaves the page as it is: nothing would ever set the button free.
    if (!form.hasAttribute("data-download")) start(form, form, event.submitter);
  });
  window.addEventListener("pageshow", () => [...busy.keys()].forEach(stop));
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.request.method !== "GET") start(ctx, ctx.sourceElement, ctx.request.submitter);
  });
  document.addEventListener("htmx:finally:request", (event) => stop(event.detail.ctx));

  // ---- answers that are not the page: said, never swapped over what was typed ----
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    const { status, headers } = ctx.response;
    const away = ctx.response.raw.redirected && ctx.request.method !== "GET" && headers.get("X-Signed-Out");
    if (status === 401 || away) { event.preventDefault(); signedOut(); return; }
    if (status >= 500 && !headers.get("HX-Retarget")) { event.preventDefault(); toast({ text: word("server"), kind: "error" }); }
  });
  document.addEventListener("htmx:error", (event) => {
    if (!navigator.onLine) banner(word("offline"));
    else if (event.detail.error?.name === "TypeError") unanswered();
    else toast({ text: word("failed"), kind: "error" });
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.response.status < 500) banner("");
    if (ctx.request.method === "GET" || !ctx.sourceElement.matches("form[data-draft]")) return;
    // Before the swap: the form that comes back must find no draft of what was just saved, nor offer what was just sent.
    answered.add(keyOf(ctx.sourceElement));
    if (ctx.response.status < 400) dropDraft(ctx.sourceElement);
  });

  // ---- drafts: one for each form[data-draft] and person, on this device, for a week ----
  const prefix = "draft:";
  const answered = new Set();
  const keyOf = (form) => `${prefix}${document.body.dataset.user || ""}:${form.dataset.draft}`;
  const kept = (input) => input.name && !/^(password|file|hidden|submit|button)$/.test(input.type) && input.name !== "csrf_token" && !input.closest("[data-no-draft]");
  const valuesOf = (form) => {
    const values = {};
    for (const input of form.elements) {
      if (!kept(input)) continue;
      const list = (values[input.name] ||= []);
      if (/^(checkbox|radio)$/.test(input.type)) { if (input.checked) list.push(input.value); }
      else if (input.type === "select-multiple") list.push(...[...input.selectedOptions].map((one) => one.value));
      else list.push(input.value);
    }
    return values;
  };
  const fill = (form, values) => {
    const next = {};
    for (const input of form.elements) {
      if (!kept(input) || !(input.name in values)) continue;
      const list = values[input.name];
      if (/^(checkbox|radio)$/.test(input.type)) input.checked = list.includes(input.value);
      else if (input.type === "select-multiple") for (const one of input.options) one.selected = list.includes(one.value);
      else input.value = list[next[input.name] ?? 0] ?? "";
      next[input.name] = (next[input.name] ?? 0) + 1;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      input.dispatchEvent(new CustomEvent("restored"));
    }
  };
  const readDraft = (form) => {
    const text = store.get(keyOf(form));
    return text ? JSON.parse(text) : null;
  };
  const dropDraft = (form) => {
    clearTimeout(form.draftTimer);
    store.drop(keyOf(form));
    $(".s-draft", form)?.remove();
    form.removeAttribute("data-dirty");
  };
  const dropDrafts = () => {
    document.querySelectorAll("form[data-dirty]").forEach(dropDraft);
    store.keys().filter((key) => key.startsWith(prefix)).forEach((key) => store.drop(key));
  };
  const saveDraft = (form) => {
    if (!form.isConnected) return;
    const values = valuesOf(form);
    if (JSON.stringify(values) === form.firstValues) store.drop(keyOf(form));
    else store.set(keyOf(form), JSON.stringify({ at: Date.now(), values }));
  };
  const typed = (event) => {
    const form = event.target.form;
    if (!form?.matches("form[data-draft]") || !kept(event.target)) return;
    form.setAttribute("data-dirty", "");
    clearTimeout(form.draftTimer);
    form.draftTimer = setTimeout(saveDraft, 400, form);
  };
  // Leaving within the pause after the last key: what is pending is kept at once.
  window.addEventListener("pagehide", () => {
    for (const form of document.querySelectorAll("form[data-draft][data-dirty]")) if (!busy.has(form)) saveDraft(form);
  });
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  // A plain form is known to have arrived only when the next page no longer shows it with errors.
  const markSent = (form) => {
    if (!form.matches("form[data-draft]")) return;
    clearTimeout(form.draftTimer);
    store.set(keyOf(form), JSON.stringify({ at: Date.now(), values: valuesOf(form), sent: true }));
  };
  const settleSent = () => {
    const here = [...document.querySelectorAll("form[data-draft]")].map(keyOf);
    for (const key of store.keys().filter((one) => one.startsWith(prefix))) {
      const draft = JSON.parse(store.get(key));
      if (Date.now() - draft.at > WEEK || (draft.sent && !here.includes(key))) store.drop(key);
    }
    for (const done of document.querySelectorAll("[data-draft-done]"))
      store.drop(`${prefix}${document.body.dataset.user || ""}:${done.dataset.draftDone}`);
  };
  const offer = (form) => {
    if (form.dataset.offered !== undefined) return;
    form.dataset.offered = "";
    const values = JSON.stringify(valuesOf(form));
    // What came back with errors is not saved anywhere else, so going back to it is no reason to drop the draft.
    if (!$("[data-errors], [aria-invalid]", form)) form.firstValues = values;
    const draft = answered.delete(keyOf(form)) ? null : readDraft(form);
    if (!draft || JSON.stringify(draft.values) === values) return;
    const time = new Date(draft.at).toLocaleString(document.documentElement.lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
    const restore = element("button", { class: "btn btn-sm s-btn-default", type: "button" }, word("restore"));
    const discard = element("button", { class: "btn btn-sm s-btn-quiet", type: "button" }, word("discard"));
    const bar = element("div", { class: "s-draft", role: "status" }, element("span", {}, word("draft", { time })), restore, discard);
    restore.addEventListener("click", () => { bar.remove(); fill(form, draft.values); toast({ text: word("restored") }); });
    discard.addEventListener("click", () => dropDraft(form));
    form.prepend(bar);
  };
  if (document.body.hasAttribute("data-signed-out") === false) {
    settleSent();
    onContent(() => document.querySelectorAll("form[data-draft]").forEach(offer));
  }

  // ---- a form that came back with errors: lead the eye and the focus there ----
  onContent(() => {
    const errors = $("[data-errors]:not([data-seen])");
    if (!errors) return;
    errors.dataset.seen = "";
    errors.focus();
  });
})();
