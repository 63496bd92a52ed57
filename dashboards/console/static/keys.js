// One key for each marker, and digits for the distress that is asked for. A key does nothing while
// a field has the focus, and letters do nothing while a dialog is open.
globalThis.physiomonKeys = (() => {
  "use strict";
  const TEN_MS = 700; // "1" may be the beginning of "10"
  let one = null;

  function rate(digit) {
    const ratings = document.querySelector(".q-dialog .ratings");
    if (!ratings) return;
    const press = (rating) =>
      [...ratings.querySelectorAll("button")].find((each) => each.innerText.trim() === rating)?.click();
    if (one !== null) {
      clearTimeout(one);
      one = null;
      if (digit === "0") return press("10");
    }
    if (digit === "1") {
      one = setTimeout(() => {
        one = null;
        press("1");
      }, TEN_MS);
    } else press(digit);
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable=true]")) return;
    if (/^[0-9]$/.test(event.key)) return rate(event.key);
    if (document.querySelector(".q-dialog")) return;
    const button = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  });
})();
