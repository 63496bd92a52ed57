// Waits for a session that is not running (yet, or again), and loads its page when it is.
addEventListener("DOMContentLoaded", () => {
  "use strict";
  setInterval(async () => {
    const absent = document.querySelector("[data-absent]")?.dataset.absent;
    const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
    if (answer?.ok && (await answer.json()).sessions.includes(absent)) location.reload();
  }, 2000);
});
