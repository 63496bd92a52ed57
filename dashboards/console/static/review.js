// Keeps the keyboard's place in the list of alarms, which is replaced when an alarm changes.
(() => {
  "use strict";
  let place = null;
  document.addEventListener("focusin", ({ target }) => {
    place = target.matches(".verdict") ? [target.dataset.number, target.textContent] : null;
  });
  new MutationObserver(() => {
    if (place === null || document.activeElement !== document.body) return;
    const [number, text] = place;
    const same = document.querySelectorAll(`.verdict[data-number="${number}"]`);
    [...same].find((button) => button.textContent === text)?.focus({ preventScroll: true });
  }).observe(document, { childList: true, subtree: true });
})();
