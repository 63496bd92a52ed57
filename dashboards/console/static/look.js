// How the page looks: dark, night (red, for eyes that are used to the dark) or light, and whether
// alarms flash. This browser remembers; who asked the system for less motion gets no flashing.
globalThis.physiomonLook = (() => {
  "use strict";
  const STILL = "physiomon-still", LOOK = "physiomon-look";
  const LOOKS = ["dark", "night", "light"];
  const root = document.documentElement;
  const motion = matchMedia("(prefers-reduced-motion: reduce)");
  const paper = matchMedia("print");

  function still() {
    return (localStorage.getItem(STILL) ?? (motion.matches ? "yes" : "no")) === "yes";
  }

  function look() {
    const kept = localStorage.getItem(LOOK);
    return LOOKS.includes(kept) ? kept : LOOKS[0];
  }

  function show() {
    root.classList.toggle("still", still());
    root.dataset.look = paper.matches ? "light" : look();
  }

  function keep(name, value) {
    localStorage.setItem(name, value);
    show();
  }

  show();
  for (const asked of [motion, paper]) asked.addEventListener("change", show);
  addEventListener("storage", show); // another tab of this browser has changed it

  // All alarms flash as one: several that began at different moments would together make more than
  // the three flashes a second that WCAG 2.3.1 allows.
  addEventListener("animationstart", ({ animationName }) => {
    if (!animationName.startsWith("flash")) return;
    for (const flash of document.getAnimations()) {
      if (flash.animationName === animationName) flash.startTime = 0;
    }
  });

  return {
    toggleFlashing() { keep(STILL, still() ? "no" : "yes"); },
    next() { keep(LOOK, LOOKS[(LOOKS.indexOf(look()) + 1) % LOOKS.length]); },
  };
})();
