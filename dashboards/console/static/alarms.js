// Counts the alarms below the visible part of the list, returns to the top for a new alarm, and
// shows the details of an acknowledged one.
globalThis.physiomonAlarms = (() => {
  "use strict";
  const known = new WeakSet(); // rows that are not acknowledged

  function look() {
    const list = document.querySelector(".alarm-list");
    if (!list) return;
    const rows = [...list.children];
    const fresh = rows.filter((row) => row.classList.contains("unacknowledged") && !known.has(row));
    for (const row of rows) {
      if (row.classList.contains("unacknowledged")) known.add(row);
      else known.delete(row);
    }
    if (fresh.length) list.scrollTop = 0;
    count(list, rows);
  }

  function count(list, rows = [...list.children]) {
    const end = list.getBoundingClientRect().bottom + 4;
    const below = rows.filter((row) => row.getBoundingClientRect().bottom > end).length;
    const more = document.querySelector(".alarm-more");
    const text = below ? physiomonText("{count} more ▾", { count: below }) : "";
    if (more.textContent !== text) more.textContent = text;
    more.style.visibility = below ? "visible" : "hidden";
  }

  function next() {
    const list = document.querySelector(".alarm-list");
    list.scrollBy({ top: list.clientHeight * 0.8 });
  }

  function fold({ target }) {
    const open = target.closest(".alarm").classList.toggle("unfolded");
    target.closest(".fold").setAttribute("aria-expanded", String(open));
    look();
  }

  addEventListener(
    "scroll",
    ({ target }) => target.classList?.contains("alarm-list") && count(target),
    { capture: true, passive: true },
  );

  return { look, next, fold };
})();
