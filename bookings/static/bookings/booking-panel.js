/*
 * The booking panel: from the search down into the people found, and nothing typed is lost when a press does not arrive.
 * Everything else is plain HTML and htmx. Listens on the document, because the panel comes and goes beside the board.
 */
"use strict";

(() => {
  document.addEventListener("keydown", (event) => {
    const search = event.target;
    if (event.key !== "ArrowDown" || search.name !== "find" || !search.closest("[data-panel]")) return;
    const choices = [...search.form.querySelectorAll('input[name="patient"]')];
    const next = choices.find((choice) => choice.checked) ?? choices[0];
    if (!next) return;
    event.preventDefault();
    next.checked = true;
    next.focus();
  });

  // Who is quicker than the free times already stands among the old ones: the first of the new ones takes over the focus.
  let stoodAmongTimes = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = event.detail;
    stoodAmongTimes = target?.id === "book-offer" && target.contains(document.activeElement);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "book-offer" || !stoodAmongTimes) return;
    stoodAmongTimes = false;
    document.querySelector('#book-offer [name="pick"]')?.focus();
  });

  // --- A press that did not arrive: signed out meanwhile, offline, or an error ----------------------------------------

  function panelOf(detail) {
    const isRead = detail.requestConfig?.verb === "get";
    return isRead ? null : detail.elt?.closest?.("[data-panel]:has([data-trouble])");
  }

  function trouble(panel, kind) {
    const box = panel.querySelector("[data-trouble]");
    box.hidden = false;
    for (const words of box.querySelectorAll("[data-kind]")) words.hidden = words.dataset.kind !== kind;
    panel.classList.add("is-stale");
  }

  // Before the board sees it, which would leave for a page that is not the panel's.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const panel = panelOf(event.detail);
    const { status, responseText } = event.detail.xhr;
    const isPage = responseText.includes("<html");
    if (!panel || (status < 400 && !isPage)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    trouble(panel, status < 400 ? "signed-out" : "failed");
    if (status === 403) renew();
  });
  document.addEventListener("htmx:sendError", (event) => {
    const panel = panelOf(event.detail);
    if (panel) trouble(panel, "failed");
  });

  /** Signing in again makes the panel's token against forgery an old one: fetch a new one, and leave the rest as it is. */
  async function renew() {
    const panel = document.querySelector("[data-panel].is-stale");
    if (!panel) return;
    const response = await fetch(panel.querySelector(".panel-form").action, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!response?.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const token = page.querySelector("[data-panel] [name=csrfmiddlewaretoken]");
    if (!token) return;
    for (const field of panel.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token.value;
    panel.classList.remove("is-stale");
  }
  window.addEventListener("focus", renew);
})();
