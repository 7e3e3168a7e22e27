/* Put a picture's Markdown where the writer is; without this script it is there to be copied. */
(() => {
  const text = document.querySelector("[data-editor]");
  if (!text) return;
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      text.setRangeText(`\n\n${button.dataset.insert}\n\n`, text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
      text.focus();
    });
  }
})();
