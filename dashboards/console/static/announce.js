// Announcements for screen readers: a sentence when its text changes, but not when only its numbers
// change.
globalThis.physiomonAnnounce = (() => {
  "use strict";
  const URGENT = ["person"];
  const CALM = ["sensors-work", "to-do", "notices", "changes", "paused"];
  const SPOKEN = { // instead of the page's text, which may be long or contain a counter
    changes: ["Rules changed for this participant", "Rules are those of the policy again"],
    paused: ["Alarm audio is paused", "Alarm audio is on again"],
    notices: [null, "No more notices"],
  };
  const spoken = (name, text) => {
    const own = SPOKEN[name]?.[text ? 0 : 1];
    return own ? physiomonText(own) : text;
  };
  const known = new Map();
  const voices = {};

  function voice(manner) {
    const made = document.createElement("div");
    made.className = "unseen";
    made.setAttribute("aria-live", manner);
    document.body.append(made);
    return made;
  }

  function announce(name, text, manner) {
    const pattern = text.replace(/\d+/g, "#");
    const before = known.get(name);
    known.set(name, pattern);
    if (before === undefined || before === pattern) return;
    voices[manner] ??= voice(manner);
    voices[manner].textContent = spoken(name, text);
  }

  function look() {
    for (const [names, manner] of [[URGENT, "assertive"], [CALM, "polite"]]) {
      for (const name of names) {
        const place = document.querySelector(`[data-region="${name}"]`);
        if (place) announce(name, place.innerText.replace(/\s+/g, " ").trim(), manner);
      }
    }
    // The ward page has no such sentences; its title shows the highest alarm.
    if (!document.querySelector('[data-region="person"]')) announce("title", document.title, "assertive");
  }

  // The heading of a dialog is its label.
  addEventListener("DOMContentLoaded", () => {
    new MutationObserver(() => {
      for (const dialog of document.querySelectorAll(".q-dialog:not([aria-label])")) {
        const heading = dialog.querySelector("h2")?.innerText;
        if (heading) dialog.setAttribute("aria-label", heading);
      }
    }).observe(document.body, { childList: true, subtree: true });
  });

  return { look };
})();
