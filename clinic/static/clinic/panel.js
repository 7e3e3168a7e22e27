// The booking panel of an article: beside the text on a wide screen, a bar that opens at the bottom of a small one.
// Without this script it stands open below the text.
(() => {
  const small = matchMedia("(max-width: 1023.98px)");
  const panels = document.querySelectorAll("details.sticky-panel");
  const fit = () => {
    for (const panel of panels) {
      panel.classList.toggle("is-bar", small.matches);
      panel.open = !small.matches;
    }
  };
  const close = (event) => {
    for (const panel of panels) {
      if (!small.matches || !panel.open) continue;
      if (event.key === "Escape") {
        panel.open = false;
        panel.querySelector("summary").focus();
      } else if (event.type === "click" && !panel.contains(event.target)) {
        panel.open = false;
      }
    }
  };
  // On a small screen the contents list stands folded, so that the text begins on the first screen.
  for (const contents of document.querySelectorAll(".contents details")) contents.open = !small.matches;
  small.addEventListener("change", fit);
  document.addEventListener("keydown", close);
  document.addEventListener("click", close);
  fit();
})();
