// Keyboard shortcuts: a key clicks the element that has it in aria-keyshortcuts; `?` lists them.
// Fields, and elements with data-key="focus" that act at once, only get the focus.
// WCAG 2.1.4: single-character keys can be switched off; the browser remembers.
globalThis.physiomonKeys = (() => {
  "use strict";
  const OFF = "physiomon-keys-off";
  const ALWAYS = [
    ["Tab", "go to the next button or field"],
    ["Enter", "press it"],
    ["Esc", "close a dialog"],
  ];
  const FIELDS = "input, textarea, select, [contenteditable=true]";
  let dialog = null;

  function shown(part) {
    // Safari before 17.4 has no `checkVisibility`.
    const drawn = part.checkVisibility?.({ visibilityProperty: true }) ?? part.getClientRects().length > 0;
    return drawn && !part.closest("[inert]");
  }

  function owners() {
    const parts = [...document.querySelectorAll("[aria-keyshortcuts]")].filter(shown);
    return new Map(parts.reverse().map((part) => [part.getAttribute("aria-keyshortcuts"), part]));
  }

  function label(part) {
    return part.labels?.[0]?.innerText || part.innerText.trim().replace(/\s+[A-Z?]$/, "") || part.ariaLabel;
  }

  function off() {
    return localStorage.getItem(OFF) === "yes";
  }

  function row(key, does) {
    const line = document.createElement("li");
    const cap = document.createElement("kbd");
    cap.textContent = key;
    line.append(cap, ` ${does}`);
    return line;
  }

  function button(text, act) {
    const made = document.createElement("button");
    made.className = "act";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function help() {
    if (dialog) return dialog.close();
    dialog = document.createElement("dialog");
    dialog.className = "keys";
    dialog.setAttribute("aria-labelledby", "keys-title");
    const title = document.createElement("h2");
    title.id = "keys-title";
    title.textContent = physiomonText(off() ? "Keys (switched off)" : "Keys");
    const list = document.createElement("ul");
    const own = [...owners()].sort().map(([key, part]) => [key, label(part)]);
    const always = ALWAYS.map(([key, does]) => [key, physiomonText(does)]);
    for (const [key, does] of [...own, ...always]) list.append(row(key, does));
    const answers = document.createElement("div");
    answers.className = "answers";
    const toggle = button(physiomonText(off() ? "Switch keys on" : "Switch keys off"), () => {
      localStorage.setItem(OFF, off() ? "no" : "yes");
      dialog.close();
    });
    const close = button(physiomonText("Close"), () => dialog.close());
    answers.append(toggle, close);
    dialog.append(title, list, answers);
    dialog.addEventListener("close", () => {
      dialog.remove();
      dialog = null;
    });
    document.body.append(dialog);
    dialog.showModal();
    close.focus();
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest?.(FIELDS) || document.querySelector(".q-dialog, dialog[open]")) return;
    const part = off() ? null : owners().get(event.key === "?" ? "?" : event.key.toUpperCase());
    if (!part) return;
    event.preventDefault();
    // Safari shows no ring after a click elsewhere unless asked.
    if (part.matches(FIELDS) || part.dataset.key === "focus") part.focus({ focusVisible: true });
    else part.click();
  });

  // The first link of each page skips to the values.
  addEventListener("click", (event) => {
    if (!event.target.closest?.(".skip")) return;
    event.preventDefault();
    const goal = document.querySelector(".vitals, .tiles, main");
    goal.tabIndex = -1;
    goal.focus();
  });

  return { help };
})();
