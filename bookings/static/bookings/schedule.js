/*
 * The day keeps itself fresh: every half minute it asks for the parts that change, and puts in place only those that did.
 * Scroll, focus and what is open stay. Without this script the page is complete; it is then as old as its “as of” says.
 */
"use strict";

(() => {
  const live = document.getElementById("live");
  if (!live) return;
  const EVERY = 30_000;
  const asOf = document.getElementById("as-of");
  const [word, time] = asOf.children;
  const online = word.textContent;
  const sources = new Map();
  let tag = live.dataset.tag;
  let changed = 0;
  let over = false;

  /** Remember how each part came from the server: in the page, people have opened and focused things since. */
  function remember(part) {
    for (const child of part.children) {
      sources.set(child.id, child.outerHTML);
      if (child.hasAttribute("data-keyed")) remember(child);
    }
  }

  /** Bring the children of `old` into the order of `fresh`; those that came as before stay the nodes they are. */
  function place(old, fresh) {
    const wanted = new Set([...fresh.children].map((child) => child.id));
    for (const child of [...old.children]) if (!wanted.has(child.id)) child.remove();
    [...fresh.children].forEach((next, index) => {
      const known = [...old.children].find((child) => child.id === next.id);
      const source = next.outerHTML;
      const isKeyed = next.hasAttribute("data-keyed");
      if (known && isKeyed) place(known, next);
      const stays = known && (isKeyed || sources.get(next.id) === source);
      if (!isKeyed) sources.set(next.id, source);
      if (known && !stays) known.replaceWith(next);
      const now = stays ? known : next;
      if (old.children[index] !== now) old.insertBefore(now, old.children[index] ?? null);
    });
  }

  /** Put the answer in place; what is at the top of the window stays there, and so do focus and open details. */
  function draw(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("parts");
    if (!fresh) return false;
    const open = [...live.querySelectorAll("details[open]")].map((each) => each.id);
    const focus = live.contains(document.activeElement) ? document.activeElement.id : "";
    const first = scrollY > 0 && [...live.querySelectorAll(".card, .strip")].find((each) => each.getBoundingClientRect().bottom > 60);
    const top = first && first.getBoundingClientRect().top;
    const now = sources.get("now");
    place(document.getElementById("parts"), fresh);
    if (sources.get("now") !== now) changed = performance.now();
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus && document.activeElement.id !== focus) document.getElementById(focus)?.focus({ preventScroll: true });
    const same = first && document.getElementById(first.id);
    if (same) scrollBy({ top: same.getBoundingClientRect().top - top, behavior: "instant" });
    return true;
  }

  function say(date) {
    asOf.classList.remove("is-off");
    word.textContent = online;
    const options = { hour: "numeric", minute: "2-digit", timeZone: live.dataset.zone };
    time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, options).format(date).toLowerCase().replace(/:00(?=\s[ap]m)/, "");
  }

  function gone() {
    asOf.classList.add("is-off");
    word.textContent = asOf.dataset.off;
  }

  /** Whoever finds the phone now reads no names. */
  function signedOut() {
    over = true;
    live.replaceChildren();
    const link = Object.assign(document.createElement("a"), { href: location.href, textContent: asOf.dataset.in });
    asOf.classList.add("is-off");
    asOf.replaceChildren(`${asOf.dataset.out} `, link);
  }

  async function ask() {
    if (document.hidden || over) return;
    try {
      const headers = { "X-Polling": "1", "If-None-Match": tag };
      const response = await fetch(live.dataset.live, { headers, cache: "no-store", signal: AbortSignal.timeout(20_000) });
      const text = await response.text();
      if (response.redirected) return signedOut();
      if (response.status !== 304 && !(response.ok && draw(text))) return gone();
      tag = response.headers.get("ETag") ?? "";
      say(new Date(response.headers.get("Date") ?? Date.now()));
    } catch {
      gone();
    }
  }

  // A press that was meant for what stood here a moment ago does nothing.
  document.addEventListener("click", (event) => {
    if (changed && event.isTrusted && event.target.closest(".act") && performance.now() - changed < 600) event.preventDefault();
  });
  document.documentElement.classList.add("is-live");
  remember(document.getElementById("parts"));
  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
  addEventListener("online", ask);
})();
