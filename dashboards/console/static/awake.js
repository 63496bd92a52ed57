// Keeps the screen on. Safari grants it only after a touch or key, and each system may take it back;
// the page shows when the screen can go dark.
(() => {
  "use strict";
  const root = document.documentElement;
  let lock = null;
  let asking = false;

  async function ask() {
    if (asking || document.hidden || lock) return;
    asking = true;
    try {
      lock = await navigator.wakeLock.request("screen");
      lock.addEventListener("release", released);
    } catch {
      lock = null; // refused, or not a secure context
    }
    asking = false;
    show();
  }

  function released() {
    lock = null;
    show();
    ask();
  }

  function show() {
    root.classList.toggle("may-sleep", !lock && !document.hidden);
  }

  for (const gesture of ["pointerup", "touchend", "click", "keydown"]) {
    addEventListener(gesture, ask, { capture: true });
  }
  document.addEventListener("visibilitychange", ask);
  show();
  ask();
})();
