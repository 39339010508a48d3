// The frame: toasts, banner, dialogs, menus, keys, copying, calls. Everything listens on the document, so what htmx
// swaps in works at once. forms.js has drafts and sending, inputs.js the richer inputs.
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const word = (name, values = {}) =>
    ($("#words")?.dataset[name] || "").replace(/%\((\w+)\)s/g, (_all, key) => values[key] ?? "");
  const store = {
    // Storage may be full or forbidden; the page works without it, so losing a preference is not an error.
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); return true; } catch { return false; } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* nothing was stored */ } },
    keys() { try { return Object.keys(localStorage); } catch { return []; } },
  };
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value != null) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const icon = (name) => {
    const use = $("use")?.getAttribute("href").split("#")[0];
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const inner = document.createElementNS("http://www.w3.org/2000/svg", "use");
    inner.setAttribute("href", `${use}#${name}`);
    svg.setAttribute("class", "icon");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.append(inner);
    return svg;
  };

  // ---- toasts: HX-Trigger {"toast": {text, kind, undo, href, label}} or rendered by the server ----
  const leave = (toast, after) => {
    let timer = setTimeout(() => toast.remove(), after);
    toast.addEventListener("mouseenter", () => clearTimeout(timer));
    toast.addEventListener("focusin", () => clearTimeout(timer));
    toast.addEventListener("mouseleave", () => { timer = setTimeout(() => toast.remove(), 3000); });
  };
  const toast = ({ text, kind = "done", undo, href, label, stay = 6000 }) => {
    const made = element("div", { class: `s-toast s-toast-${kind}` }, element("span", { class: "s-toast-text" }, text));
    if (undo) {
      const form = element("form", { class: "s-inline-form", method: "post", action: undo },
        element("input", { type: "hidden", name: "csrf_token", value: token() }),
        element("button", { class: "btn btn-sm s-btn-quiet", type: "submit" }, word("undo")));
      made.append(form);
    }
    if (href) made.append(element("a", { class: "btn btn-sm s-btn-quiet", href }, label || href));
    made.append(closer());
    $("#toasts")?.append(made);
    if (kind !== "error") leave(made, undo || href ? Math.max(stay, 10000) : stay);
    return made;
  };
  const closer = () =>
    element("button", { class: "btn s-icon-btn s-btn-quiet", type: "button", "data-dismiss": "", "aria-label": word("close") }, icon("x"));
  const dressToasts = () => {
    for (const made of document.querySelectorAll("#toasts > .s-toast:not([data-dressed])")) {
      made.dataset.dressed = "";
      if ($("[data-dismiss]", made)) continue;
      made.append(closer());
      if (!made.classList.contains("s-toast-error")) leave(made, $("form, a", made) ? 12000 : 6000);
    }
  };
  document.addEventListener("toast", (event) => toast({ ...event.detail, text: event.detail.text ?? event.detail.value }));

  // ---- banner: what stays until it is no longer true ----
  const banner = (text) => {
    const bar = $("#banner");
    if (!bar) return;
    bar.hidden = !text;
    bar.textContent = text || "";
  };
  // A request failed although the device has a network: ask until the server answers, so that the banner does not
  // outlive what it says. A request that failed before the network came back may be heard of only after it.
  let asking = 0;
  const unanswered = () => {
    banner(word("failed"));
    clearTimeout(asking);
    asking = setTimeout(async () => {
      // Without a network, or once it is known to answer again, the banner is no longer about the server.
      if (!navigator.onLine || $("#banner")?.hidden !== false) return;
      const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
      if (answer?.ok) banner("");
      else if (navigator.onLine) unanswered();
    }, 2000);
  };
  window.addEventListener("offline", () => banner(word("offline")));
  window.addEventListener("online", () => {
    if ($("#banner")?.hidden === false) toast({ text: word("online") });
    banner("");
  });

  // ---- the CSRF token, and signing in again in another tab ----
  const token = () => {
    const header = document.body.getAttribute("hx-headers:inherited");
    return header ? JSON.parse(header)["X-CSRFToken"] : "";
  };
  const useToken = (value) => {
    document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": value }));
    for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = value;
  };
  const signedOut = () => {
    const dialog = $("#signed-out");
    if (dialog && !dialog.open) dialog.showModal();
  };
  document.addEventListener("visibilitychange", async () => {
    const dialog = $("#signed-out");
    if (document.visibilityState !== "visible" || !dialog?.open) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const header = page.body.getAttribute("hx-headers:inherited");
    if (page.body.hasAttribute("data-signed-out") || !header) return;
    useToken(JSON.parse(header)["X-CSRFToken"]);
    dialog.close();
    toast({ text: word("back") });
  });

  // ---- dialogs: data-open="id"; the same link leads to a full page without JavaScript ----
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    const dialog = opener && document.getElementById(opener.dataset.open);
    if (dialog && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      closeMenus();
      dialog.showModal();
    }
    // A click on the backdrop is a click on the dialog itself.
    if (event.target.matches("dialog[open]") && !$("[data-dirty]", event.target)) event.target.close();
    if (event.target.closest("[data-dismiss]")) event.target.closest(".s-toast, [data-dismissable]")?.remove();
    if (event.target.closest("[data-back]")) { event.preventDefault(); history.back(); }
    if (event.target.closest("[data-collapse]")) {
      const folded = document.documentElement.classList.toggle("s-folded");
      store.set("sidebar", folded ? "folded" : "open");
    }
    closeMenus(event.target.closest("details.s-menu, details.s-multi"));
  });

  // ---- menus: details that close as menus do ----
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.s-menu[open], details.s-multi[open]"))
      if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => {
    const menu = event.target.closest("details.s-menu[open]");
    if (menu && !event.target.closest("summary") && (event.target === menu || event.target.closest("a, [data-insert]"))) menu.open = false;
  });
  const moveInMenu = (menu, step) => {
    const items = [...menu.querySelectorAll(".s-menu-item, .s-check input")];
    const next = items.indexOf(document.activeElement) + step;
    items[(next + items.length) % items.length]?.focus();
  };

  // ---- keys ----
  const typing = (target) => target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
  const shortcuts = {
    "/": () => { const opener = $("[data-palette]"); opener?.click(); return opener; },
    "?": () => { const dialog = $("#keys-dialog"); dialog?.showModal(); return dialog; },
  };
  // Whatever on the page says that it has a key: data-key="n".
  const pressed = (key) => { const found = $(`[data-key="${CSS.escape(key)}"]`); found?.click(); return found; };
  document.addEventListener("keydown", (event) => {
    const menu = $("details.s-menu[open], details.s-multi[open]");
    if (event.key === "Escape") {
      // What else listens for the key hears that it has done its work.
      if (menu) { event.preventDefault(); menu.open = false; $("summary", menu).focus(); }
      return;
    }
    if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      moveInMenu(menu, event.key === "ArrowDown" ? 1 : -1);
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || $("dialog[open]")) return;
    if ((shortcuts[event.key] || pressed)(event.key)) event.preventDefault();
  });

  // ---- rows, exact dates, copying, calls ----
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.defaultPrevented || String(getSelection())) return;
    if (event.target.closest("a, button, input, label, details, select")) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else location.href = row.dataset.href;
  });
  document.addEventListener("click", (event) => {
    const date = event.target.closest("time[title]");
    if (date && matchMedia("(hover: none)").matches) toast({ text: date.title, stay: 2500 });
  });
  // A link about the list as it is shown now: typing in its search changes the address, but not the links around it.
  const sameQuery = (link) => {
    const query = new URLSearchParams(location.search);
    query.delete("after");
    for (const [name, value] of new URLSearchParams(link.dataset.sameQuery)) query.set(name, value);
    link.search = query;
    return link.href;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-same-query]");
    if (link) sameQuery(link);
  });
  document.addEventListener("htmx:config:request", (event) => {
    const { sourceElement, request } = event.detail.ctx;
    if (sourceElement.matches("a[data-same-query]")) request.action = sameQuery(sourceElement);
  });
  const copy = async (text) => {
    // Over plain http in the office network browsers offer no clipboard, only the old command.
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
    const area = element("textarea", { class: "visually-hidden", readonly: "" }, text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    event.preventDefault();
    await copy(button.dataset.copy);
    const first = button.dataset.copy.split("\n")[0];
    const text = first.length > 40 || first !== button.dataset.copy ? `${first.slice(0, 40)}…` : first;
    toast({ text: word("copied", { text }), stay: 2500 });
  });
  let call = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='tel:']");
    const row = link?.closest("tr[data-href]");
    const href = link?.dataset.afterCall || (row && $("a[href$='#composer']", row)?.getAttribute("href"));
    if (!href) return;
    const name = link.dataset.name || (row && $(".s-title", row)?.textContent.trim()) || link.textContent.trim();
    call = { href, name, at: Date.now() };
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || !call || Date.now() - call.at < 3000) return;
    toast({ text: word("called", { name: call.name }), href: call.href, label: word("log"), stay: 60000 });
    call = null;
  });

  // ---- panes of a record: tabs on a phone, side by side at a desk ----
  const showPane = (id) => {
    for (const pane of document.querySelectorAll(".s-pane")) pane.classList.toggle("s-shown", pane.id === id);
    for (const tab of document.querySelectorAll(".s-record-tabs a"))
      if (tab.hash === `#${id}`) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
  };
  const dressPanes = () => {
    const panes = [...document.querySelectorAll(".s-pane")];
    if (!panes.length || $(".s-record-tabs [aria-current]")) return;
    const asked = panes.find((pane) => `#${pane.id}` === location.hash || (location.hash && $(CSS.escape ? `#${CSS.escape(location.hash.slice(1))}` : null, pane)));
    showPane((asked || panes.find((pane) => pane.classList.contains("s-shown")) || panes[0]).id);
    // Going to the part of the page that the address names takes the focus away once more.
    if (location.hash === "#composer") window.addEventListener("load", () => setTimeout(compose), { once: true });
  };
  document.addEventListener("click", (event) => {
    const tab = event.target.closest(".s-record-tabs a");
    if (!tab) return;
    event.preventDefault();
    showPane(tab.hash.slice(1));
    history.replaceState(history.state, "", tab.hash);
  });

  // ---- the composer: on a phone folded until it is wanted; a link to it opens it, whichever pane is shown ----
  const compose = () => {
    const area = $("#composer textarea");
    if (!area) return;
    showPane(area.closest(".s-pane")?.id);
    area.focus();
  };
  document.addEventListener("focusin", (event) => event.target.closest(".s-composer")?.classList.add("s-open"));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href$='#composer']");
    if (!link || link.pathname !== location.pathname || !$("#composer")) return;
    event.preventDefault();
    compose();
  });

  const dressers = [dressToasts, dressPanes];
  const dress = () => dressers.forEach((run) => run());
  window.smallcrm = {
    $, word, store, element, icon, toast, banner, unanswered, token, signedOut, dress,
    // Runs now and after every swap; must be harmless when run again.
    onContent(run) { dressers.push(run); run(); },
  };
  document.addEventListener("htmx:after:swap", dress);
  dress();
})();
