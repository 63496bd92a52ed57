// Whether alarms flash: this browser remembers; who asked the system for less motion gets none.
globalThis.physiomonFlashing = (() => {
  "use strict";
  const KEY = "physiomon-still";
  const asked = matchMedia("(prefers-reduced-motion: reduce)").matches ? "yes" : "no";
  const show = () => {
    document.documentElement.classList.toggle("still", (localStorage.getItem(KEY) ?? asked) === "yes");
  };
  show();
  return {
    toggle() {
      const still = document.documentElement.classList.contains("still");
      localStorage.setItem(KEY, still ? "no" : "yes");
      show();
    },
  };
})();
