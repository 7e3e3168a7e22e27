// Point at a word of the list and the drawing shows where it is; point at the drawing and the list says its name.
// Without this script both are plain links.
(() => {
  const light = (event, on) => {
    const link = event.target.closest("[data-region]");
    const chart = link?.closest(".body-chart");
    if (!chart) return;
    for (const each of chart.querySelectorAll(`[data-region="${CSS.escape(link.dataset.region)}"]`)) {
      each.classList.toggle("is-lit", on);
    }
  };
  for (const begin of ["pointerover", "focusin"]) document.addEventListener(begin, (event) => light(event, true));
  for (const end of ["pointerout", "focusout"]) document.addEventListener(end, (event) => light(event, false));
})();
