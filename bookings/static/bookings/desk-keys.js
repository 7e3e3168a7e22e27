/*
 * Keys of the desk: Alt and a letter press what carries `data-key`, a link or button; a field gets the focus. They are
 * listed at the end of the page and can be switched off there; the browser remembers that, and nothing else.
 */
"use strict";

(() => {
  const STORE = "desk-keys";
  const root = document.documentElement;

  function remembered() {
    try {
      return window.localStorage.getItem(STORE);
    } catch {
      return null; // storage is refused: the keys are on
    }
  }

  root.dataset.keys = remembered() === "off" ? "off" : "on";

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || root.dataset.keys === "off") return;
    // The physical key too: on a Mac, Alt and a letter type another sign.
    const letter = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();
    const typed = { Comma: ",", Period: "." }[event.code] ?? letter;
    const wanted = document.querySelector(`[data-key="${CSS.escape(typed)}"]`);
    if (!wanted) return;
    event.preventDefault();
    if (wanted.matches("input, select, textarea")) wanted.focus();
    else wanted.click();
  });

  const box = document.getElementById("desk-keys-on");
  if (!box) return;
  box.checked = root.dataset.keys === "on";
  box.addEventListener("change", () => {
    root.dataset.keys = box.checked ? "on" : "off";
    try {
      window.localStorage.setItem(STORE, root.dataset.keys);
    } catch {
      // For this page only, then.
    }
  });
})();
