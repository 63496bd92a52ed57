// Display mode: dark, night (red, for eyes adapted to the dark) or light, and whether alarms flash.
// The browser remembers; with reduced motion in the system settings, flashing starts off.
globalThis.physiomonLook = (() => {
  "use strict";
  const STILL = "physiomon-still", LOOK = "physiomon-look";
  const LOOKS = ["dark", "night", "light"];
  const root = document.documentElement;
  root.classList.add("sound-blocked"); // until sound.js has heard otherwise
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
  addEventListener("storage", show); // changed in another tab

  // All alarms flash in phase: with different phases they could exceed the three flashes a second
  // that WCAG 2.3.1 allows.
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
