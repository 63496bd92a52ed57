// Waits for a session that does not run yet, or not yet again, and loads its page when it does.
addEventListener("DOMContentLoaded", () => {
  "use strict";
  setInterval(async () => {
    const absent = document.querySelector("[data-absent]")?.dataset.absent;
    const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
    if (answer?.ok && (await answer.json()).sessions.includes(absent)) location.reload();
  }, 2000);
});
