// What a screen reader says: a sentence when it becomes another one, not each second because a
// number in it counts.
globalThis.physiomonAnnounce = (() => {
  "use strict";
  const URGENT = ["person"];
  const CALM = ["sensors-work", "to-do", "notices", "changes", "paused"];
  const SAID = { // in other words than the page's, which may be long or count
    changes: ["Rules changed for this participant", "Rules are those of the policy again"],
    paused: ["Alarm audio is paused", "Alarm audio is on again"],
    notices: [null, "No more notices"],
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

  function tell(name, text, manner) {
    const sense = text.replace(/\d+/g, "#");
    const before = known.get(name);
    known.set(name, sense);
    if (before === undefined || before === sense) return;
    voices[manner] ??= voice(manner);
    voices[manner].textContent = SAID[name]?.[text ? 0 : 1] ?? text;
  }

  function look() {
    for (const [names, manner] of [[URGENT, "assertive"], [CALM, "polite"]]) {
      for (const name of names) {
        const place = document.querySelector(`[data-region="${name}"]`);
        if (place) tell(name, place.innerText.replace(/\s+/g, " ").trim(), manner);
      }
    }
    // The page of all sessions has no such sentences; its title counts who needs somebody.
    if (!document.querySelector('[data-region="person"]')) tell("title", document.title, "assertive");
  }

  // A dialog is called what its heading says.
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
