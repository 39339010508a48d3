// Runs before the first paint, so that neither theme nor sidebar flickers. Small and blocking on purpose.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if (root.dataset.theme === "auto") root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  follow();
  dark.addEventListener("change", follow);
  try {
    if (localStorage.getItem("sidebar") === "folded") root.classList.add("s-folded");
  } catch {
    // Storage can be forbidden (private windows of some phones); then the sidebar is simply open.
  }
})();
