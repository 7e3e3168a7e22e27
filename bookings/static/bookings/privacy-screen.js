/*
 * A desk that nobody sits at shows nothing: after three minutes without a key or a touch the page is blurred, and the first
 * key, touch or move of the mouse brings it back. That press does nothing else. The words in `data-hidden` say why.
 */
"use strict";

(() => {
  const QUIET_MILLISECONDS = 3 * 60 * 1000;
  const root = document.documentElement;
  const words = document.currentScript.dataset.hidden;
  let timer = 0;
  let curtain = null;

  function hide() {
    curtain = document.createElement("p");
    curtain.className = "privacy-curtain";
    curtain.setAttribute("role", "status");
    curtain.textContent = words;
    document.body.append(curtain);
    root.dataset.privacy = "hidden";
  }

  function show() {
    delete root.dataset.privacy;
    curtain?.remove();
    curtain = null;
  }

  function somebody(event) {
    window.clearTimeout(timer);
    timer = window.setTimeout(hide, QUIET_MILLISECONDS);
    if (!curtain) return;
    show();
    if (event.type === "keydown" || event.type === "pointerdown") {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  for (const kind of ["keydown", "pointerdown", "pointermove"]) {
    document.addEventListener(kind, somebody, { capture: true, passive: false });
  }
  timer = window.setTimeout(hide, QUIET_MILLISECONDS);
})();
