// Point at a word of the list and the drawing shows where it is; point at the drawing and the list says its name.
// By keyboard each figure is one stop, and the arrow keys go to the nearest part of the body in that direction.
// Without this script all are plain links.
(() => {
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

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

  const middle = (link) => {
    const box = link.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };

  // Straight ahead counts once, aside three times, and what lies more aside than ahead only when nothing else is there:
  // down from the left shoulder is the left arm, not the chest.
  const cost = (ahead, aside) => ahead + 3 * aside + (aside > ahead ? 10000 : 0);

  const nearest = (links, from, [dx, dy]) => {
    const [x, y] = middle(from);
    let best = null;
    let least = Infinity;
    for (const link of links) {
      const [toX, toY] = middle(link);
      const ahead = (toX - x) * dx + (toY - y) * dy;
      const aside = Math.abs((toX - x) * dy) + Math.abs((toY - y) * dx);
      if (link === from || ahead < 2 || cost(ahead, aside) >= least) continue;
      best = link;
      least = cost(ahead, aside);
    }
    return best;
  };

  const rove = (figure) => {
    const links = [...figure.querySelectorAll("a:not([aria-hidden])")];
    if (!links.length) return;
    const stop = (link) => {
      for (const each of links) each.setAttribute("tabindex", each === link ? "0" : "-1");
    };
    stop(links[0]);
    figure.querySelector("svg").setAttribute("aria-describedby", "body-chart-keys");
    // On the box around the drawing: an <svg> that listens to focus becomes a tab stop of its own in Chromium.
    figure.addEventListener("focusin", (event) => stop(event.target.closest("a:not([aria-hidden])") ?? links[0]));
    figure.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const here = event.target.closest("a");
      if (!here) return;
      const ends = { Home: links[0], End: links[links.length - 1] };
      const next = event.key in ARROWS ? nearest(links, here, ARROWS[event.key]) : ends[event.key];
      if (next || event.key in ARROWS) event.preventDefault(); // nowhere to go: the page stays where it is, too
      next?.focus();
    });
  };
  document.querySelectorAll(".body-chart__figure").forEach(rove);
})();
