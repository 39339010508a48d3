// The search box: opens with / or Ctrl-K, asks /search while somebody types, walks what it answers with the arrow keys.
(() => {
  "use strict";
  const { $, unanswered } = window.smallcrm;
  const dialog = $("#palette");
  if (!dialog) return;
  const input = $("input[name=q]", dialog);
  const list = $("#palette-found");
  const empty = $(".s-palette-nothing", dialog);
  const status = $("[role=status]", dialog);
  const WAIT = 120;
  let timer = 0;
  let asking = null;
  let shown = null;

  const hits = () => [...list.querySelectorAll(".s-hit")];
  const active = () => $(".s-hit[aria-selected=true]", list);
  const choose = (hit) => {
    active()?.setAttribute("aria-selected", "false");
    hit?.setAttribute("aria-selected", "true");
    hit?.scrollIntoView({ block: "nearest" });
    if (hit) input.setAttribute("aria-activedescendant", hit.id); else input.removeAttribute("aria-activedescendant");
  };
  // A page's lists of links become what a combobox has: a listbox, its groups, its options.
  const dress = () => {
    hits().forEach((hit, place) => {
      hit.id = `palette-hit-${place}`;
      hit.tabIndex = -1;
      hit.setAttribute("role", "option");
      hit.setAttribute("aria-selected", "false");
    });
    list.querySelectorAll(".s-found-group").forEach((group, place) => {
      const head = $("h2", group);
      head.id = `palette-group-${place}`;
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", head.id);
      for (const part of group.querySelectorAll("ul, li, form, .s-found-head")) part.setAttribute("role", "presentation");
      head.setAttribute("role", "presentation");
      const more = $(".s-found-head a", group);
      if (more) more.tabIndex = -1;
    });
  };
  const show = (html, q) => {
    const found = new DOMParser().parseFromString(html, "text/html").querySelector("#found");
    const nothing = $(".s-found-nothing", found);
    empty.hidden = !nothing;
    empty.replaceChildren(...(nothing?.childNodes || []));
    nothing?.remove();
    list.replaceChildren(...found.childNodes);
    list.scrollTop = 0;
    dress();
    shown = q;
    choose(q ? hits()[0] : null);
    status.textContent = nothing ? empty.textContent.trim() : dialog.dataset.count.replace("%(count)s", hits().length);
  };
  // Only the answer to what stands in the box now is shown: whatever else is on its way is given up.
  const ask = async () => {
    const q = input.value.trim();
    if (q === shown) return;
    asking?.abort();
    const mine = asking = new AbortController();
    list.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`/search?${new URLSearchParams({ q })}`, { headers: { "HX-Request": "true" }, signal: mine.signal });
      const html = await answer.text();
      if (mine.signal.aborted) return;
      // Signed out, or refused: the page itself says what is to be done.
      if (!answer.ok || !html.includes('id="found"')) return location.assign(`/search?${new URLSearchParams({ q })}`);
      show(html, q);
    } catch (error) {
      if (error.name !== "AbortError") unanswered();
    } finally {
      if (mine === asking) list.removeAttribute("aria-busy");
    }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); };
  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    input.value = "";
    shown = null;
    list.replaceChildren();
    input.focus();
    ask();
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette]");
    if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); open(); }
    if (event.target.closest("[data-close-palette]")) dialog.close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close(); else open();
  });
  // While Chinese is being composed the box holds letters that are not meant yet.
  input.addEventListener("input", (event) => { if (!event.isComposing) later(); });
  input.addEventListener("compositionend", later);
  input.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    // Of a search box browsers take the first Escape to empty it.
    if (event.key === "Escape") { event.preventDefault(); dialog.close(); }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const all = hits();
      const place = all.indexOf(active());
      choose(all[place < 0 && step < 0 ? all.length - 1 : (place + step + all.length) % all.length]);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      clearTimeout(timer);
      await ask();
      const hit = active() || (input.value.trim() ? hits()[0] : null);
      if (hit?.href && (event.ctrlKey || event.metaKey)) window.open(hit.href, "_blank", "noopener"); else hit?.click();
    }
  });
  list.addEventListener("mousemove", (event) => {
    const hit = event.target.closest(".s-hit");
    if (hit && hit !== active()) choose(hit);
  });
  list.addEventListener("click", (event) => {
    // The page that is asked for may be this one, with nothing but another part of it in the address.
    if (event.target.closest("a[href*='#']")) dialog.close();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) dialog.close(); });
})();
