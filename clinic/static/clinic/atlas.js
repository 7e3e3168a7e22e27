// The pain atlas: an address that ends in a spot opens it, one that ends in a part of the body shows that part alone.
// Without this script every part is shown, and every spot opens by a press and has a page of its own.
(() => {
  const parts = [...document.querySelectorAll(".atlas-region")];
  const chosen = document.querySelector(".atlas-chosen");
  const title = document.getElementById("by-region");

  const target = () => {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return null; // a percent sign alone is no address
    }
  };

  const show = (part) => {
    for (const each of parts) each.hidden = part !== null && each !== part;
    chosen.hidden = part === null;
  };

  const choose = (part) => {
    show(part);
    const heading = part.querySelector("h3");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    part.scrollIntoView({ behavior: "instant" });
  };

  const open = (entry) => {
    entry.open = true;
    entry.querySelector("summary").focus({ preventScroll: true });
    entry.scrollIntoView({ behavior: "instant" });
  };

  const follow = () => {
    const there = target();
    const entry = there?.closest(".spot-entry");
    if (entry) open(entry);
    else if (there?.matches(".atlas-region")) choose(there);
    else if (!location.hash) show(null);
  };

  chosen.querySelector("button").addEventListener("click", () => {
    show(null);
    history.replaceState(null, "", location.pathname + location.search);
    title.focus();
  });
  addEventListener("hashchange", follow);
  // The same part pressed again changes no address, and yet somebody wants to go there.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link || link.getAttribute("href") !== location.hash) return;
    event.preventDefault(); // the browser's own jump would take the focus away again
    follow();
  });
  // The browser jumps once more when the page has loaded, and takes the focus away: go there after it.
  addEventListener("load", () => {
    if (location.hash) requestAnimationFrame(() => setTimeout(follow));
  });
})();
