/*
 * The day board keeps itself fresh: every half minute it fetches its own two parts and puts them in place of the old ones.
 * Focus, scroll and what is open stay; the panel and whatever is typed are never touched. A press on a visit posts in the
 * background and comes back to the same place. Without this script every press is a plain form and every link a page.
 */
"use strict";

(() => {
  const page = document.getElementById("board-page");
  if (!page) return;
  const EVERY = 30_000;
  const PATIENCE = 20_000;
  const panel = document.getElementById("panel");
  const said = document.getElementById("board-said");
  const updated = document.getElementById("board-updated");
  const form = document.getElementById("step");
  let opener = "";
  let offline = "";
  let timer = 0;
  let latest = 0;
  let pressing = false;
  let again = null;

  // --- Saying -------------------------------------------------------------------------------------------------------

  function say(words, isError = false) {
    said.classList.toggle("is-error", isError);
    said.textContent = words;
  }

  function clock() {
    const options = { hour: "numeric", minute: "2-digit", second: "2-digit", timeZone: page.dataset.zone };
    return new Intl.DateTimeFormat(document.documentElement.lang || undefined, options).format(new Date()).toLowerCase();
  }

  function online(time) {
    if (offline) say(page.dataset.online);
    offline = "";
    updated.classList.remove("is-off");
    updated.querySelector("time").textContent = time;
    updated.firstChild.textContent = updated.dataset.word;
  }

  function gone() {
    if (offline) return;
    offline = clock();
    updated.classList.add("is-off");
    updated.firstChild.textContent = `${page.dataset.offline} `;
    updated.querySelector("time").textContent = offline;
    say(`${page.dataset.offline} ${offline}`, true);
  }

  function signedOut() {
    window.clearInterval(timer);
    updated.classList.add("is-off");
    updated.replaceChildren(`${page.dataset.signedOut} `);
    const link = document.createElement("a");
    link.href = window.location.href;
    link.textContent = page.dataset.signIn;
    updated.append(link);
    say(`${page.dataset.signedOut} ${page.dataset.signIn}`, true);
  }

  // --- Putting in place ---------------------------------------------------------------------------------------------

  function places() {
    const scroll = document.getElementById("board-scroll");
    const focus = document.activeElement;
    return {
      top: scroll?.scrollTop ?? 0,
      left: scroll?.scrollLeft ?? 0,
      open: [...page.querySelectorAll("#rail details[open], #board details[open]")].map((each) => each.id),
      focus: focus?.closest("#rail, #board") ? focus.id : "",
      visit: focus?.closest(".board-visit")?.dataset.pk,
    };
  }

  function restore(kept) {
    const scroll = document.getElementById("board-scroll");
    if (scroll) {
      scroll.scrollTop = kept.top;
      scroll.scrollLeft = kept.left;
    }
    for (const id of kept.open) document.getElementById(id)?.setAttribute("open", "");
    if (!kept.focus && !kept.visit) return;
    const target = document.getElementById(kept.focus) ?? document.getElementById(`open-${kept.visit}`);
    target?.focus({ preventScroll: true });
  }

  /** Put what the server drew in place of the rail and the board. Returns false when that was another page. */
  function place(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const rail = fresh.getElementById("rail");
    const board = fresh.getElementById("board");
    if (!rail || !board) return false;
    const told = [...board.querySelectorAll("#board-told li")];
    board.querySelector("#board-told")?.remove();
    const kept = places();
    document.getElementById("rail").replaceWith(document.adoptNode(rail));
    document.getElementById("board").replaceWith(document.adoptNode(board));
    restore(kept);
    online(rail.dataset.updated);
    if (told.length) say(told.map((each) => each.textContent).join(" "), told.some((each) => each.className.includes("error")));
    return true;
  }

  function address() {
    const url = new URL(window.location.href);
    url.hash = "";
    url.searchParams.set("part", "board");
    return url;
  }

  function take(response, text) {
    const led = new URL(response.url).pathname;
    // A step that must ask something first leads to the page that asks it.
    if (response.redirected && led.includes("/desk/visit/")) return window.location.assign(response.url);
    if (led !== window.location.pathname) return signedOut();
    if (!response.ok || !place(text)) gone();
  }

  async function refresh(polling) {
    if (pressing) return;
    const mine = ++latest;
    try {
      const headers = polling ? { "X-Polling": "1" } : {};
      const response = await fetch(address(), { headers, signal: AbortSignal.timeout(PATIENCE) });
      const text = await response.text();
      if (mine === latest && !pressing) take(response, text);
    } catch {
      if (mine === latest) gone();
    }
  }

  // --- Pressing -----------------------------------------------------------------------------------------------------

  /** Post a step of a visit and draw the board it leads back to; `said` goes with it. The address comes from the board itself. */
  async function press(url, version, said = []) {
    if (pressing) return;
    pressing = true;
    latest += 1; // what is under way was drawn before this press
    const back = address();
    const body = new FormData(form);
    for (const [name, value] of said) body.set(name, value);
    body.set("version", version);
    body.set("next", back.pathname + back.search);
    try {
      const response = await fetch(url, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
      take(response, await response.text());
    } catch {
      gone();
      say(page.dataset.failed, true);
    } finally {
      pressing = false;
    }
  }

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.target === form && button) {
      event.preventDefault();
      press(button.getAttribute("formaction").split("#")[0], button.value);
    } else if (event.target.closest("#panel :is(.visit-moves, .visit-ask)")) {
      event.preventDefault();
      if (pressing) return;
      const typed = new FormData(event.target, button);
      const asked = typed.get("question");
      say("");
      press(event.target.action, typed.get("version"), typed).then(() => {
        const isRefused = said.classList.contains("is-error");
        if (!(isRefused && typed.get("words"))) look(asked); // what was typed stays, to be corrected
      });
    }
  });

  /** Draw the visit in the panel again, after a press changed it. What is typed beside other questions stays. */
  function look(asked) {
    const visit = panel.querySelector("[data-visit]");
    if (!visit || offline) return;
    const others = [...panel.querySelectorAll("details:has([name=words])")].filter((each) => each.id !== `ready-${asked}`);
    const words = others.map((each) => [each.id, each.querySelector("[name=words]").value]).filter((each) => each[1]);
    again = { pk: visit.dataset.visit, asked, words };
    show(visit.dataset.address);
  }

  /** Put back what was typed, and stand on the question that was answered: the next one is one Tab away. Never in another visit. */
  function settle({ pk, asked, words }) {
    if (panel.querySelector("[data-visit]")?.dataset.visit !== pk) return;
    for (const [id, value] of words) {
      const field = document.getElementById(id)?.querySelector("[name=words]");
      if (!field) continue;
      field.value = value;
      field.closest("details").open = true;
    }
    document.getElementById(`ready-${asked}`)?.querySelector("summary").focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const visit = event.target.closest?.(".board-visit");
    if (event.key.startsWith("Arrow")) return walk(event);
    if (!visit || document.documentElement.dataset.keys === "off") return;
    const verb = form.getAttribute(`data-key-${event.key.toLowerCase()}`);
    if (!verb || !visit.dataset.can.split(" ").includes(verb)) return;
    event.preventDefault();
    press(form.getAttribute(`data-url-${verb}`).replace("/0/", `/${visit.dataset.pk}/`), visit.dataset.version);
  });

  /** Arrows walk over visits and gaps: up and down in a column, left and right to the nearest beside. */
  function walk(event) {
    const here = event.target.closest?.(".board-visit, .board-gap");
    const column = here?.closest(".board-column");
    if (!column) return;
    const links = (from) => [...from.querySelectorAll(".board-visit h3 a, .board-gap a")];
    const mine = here.querySelector("a");
    const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    let next = null;
    if (sideways) {
      const columns = [...page.querySelectorAll(".board-column:not(.is-thing)")];
      const beside = columns[columns.indexOf(column) + sideways];
      const far = (link) => Math.abs(link.closest("li").offsetTop - here.offsetTop);
      next = beside ? links(beside).reduce((best, link) => (best && far(best) <= far(link) ? best : link), null) : null;
    } else {
      const all = links(column);
      next = all[all.indexOf(mine) + (event.key === "ArrowDown" ? 1 : -1)];
    }
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  // --- The panel ----------------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-open='panel']");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!link || !isPlain || !window.htmx) return;
    event.preventDefault();
    opener = link.id;
    show(link.href);
  });

  function show(url) {
    window.htmx.ajax("GET", url, { target: "#panel", swap: "innerHTML" });
  }

  function close() {
    panel.replaceChildren();
    document.getElementById(opener)?.focus();
  }

  panel.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.hasChildNodes() && !event.defaultPrevented) close();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== panel) return;
    if (again) settle(again);
    again = null;
    const first = panel.querySelector("[autofocus], [data-panel]");
    if (first && !panel.contains(document.activeElement)) first.focus();
  });
  // A whole page instead of a fragment is the sign-in page, or one that is not for the panel. What is typed stays.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, target, requestConfig } = event.detail;
    if (!panel.contains(target) || xhr.status !== 200 || !xhr.responseText.includes("<html")) return;
    event.preventDefault();
    if (target === panel && requestConfig.verb === "get") window.location.assign(requestConfig.path);
    else signedOut();
  });
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (event.detail.requestConfig?.verb === "get") say(page.dataset.failed, true); // a form says it itself
    });
  }
  document.body.addEventListener("board-changed", () => refresh(false));

  // --- Beginning ----------------------------------------------------------------------------------------------------

  updated.dataset.word = updated.firstChild.textContent;
  const scroll = document.getElementById("board-scroll");
  const now = document.getElementById("now");
  if (scroll && now && !window.location.hash && scroll.scrollHeight > scroll.clientHeight) {
    scroll.scrollTop = Math.max(now.offsetTop - scroll.clientHeight / 3, 0);
  }
  timer = window.setInterval(() => document.hidden || refresh(true), EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || refresh(true));
})();
