// Says so when the page has lost its server, whatever the reason: killed, frozen, unplugged.
// It trusts nothing but the beat, which comes with the values themselves (show.js).
globalThis.physiomonLifeline = (() => {
  "use strict";
  const SILENCE_MS = 2500; // the server beats once a second
  const LOOK_MS = 100;
  const ASK_MS = 2000;
  const PATIENCE_MS = 8000; // for NiceGUI to reconnect by itself before the page is loaded anew
  const root = document.documentElement;
  const band = document.createElement("div");
  band.id = "lifeline";
  band.setAttribute("role", "alert");
  const since = document.createElement("span");
  since.setAttribute("aria-hidden", "true"); // said once, not every second
  band.append("No connection to physiomon - values are not live", since);
  let beatAt = now();
  let answeredAt = null;
  let askAt = 0;
  let ended = false;

  // Two clocks: one stands while a laptop sleeps, the other may be set.
  function now() {
    return { steady: performance.now(), wall: Date.now() };
  }

  function silence() {
    return Math.max(performance.now() - beatAt.steady, Math.abs(Date.now() - beatAt.wall));
  }

  function look() {
    const lost = ended || silence() > SILENCE_MS;
    if (document.body && lost !== band.isConnected) tell(lost);
    if (!lost) return;
    grow();
    if (performance.now() >= askAt && !ended) {
      askAt = performance.now() + ASK_MS;
      ask();
    }
  }

  // Ages go on growing where no server counts them.
  function grow() {
    const silent = Math.floor(silence() / 1000);
    const said = ` - last update ${duration(silent)} ago`;
    if (since.textContent !== said) since.textContent = said;
    for (const age of document.querySelectorAll("[data-age]")) {
      age.dataset.said ??= age.textContent;
      const text = `${age.dataset.before ?? "NOT LIVE - "}${duration(Number(age.dataset.age) + silent)} ago`;
      if (age.textContent !== text) age.textContent = text;
    }
  }

  function heal() {
    for (const age of document.querySelectorAll("[data-said]")) {
      age.textContent = age.dataset.said;
      delete age.dataset.said;
    }
  }

  function duration(seconds) {
    if (seconds < 120) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }

  function tell(lost) {
    root.classList.toggle("lost", lost);
    // Nobody must press a button whose act arrives later, if ever: not in a dialog either.
    for (const part of document.body.children) part.toggleAttribute("inert", lost);
    // First in the body: what follows NiceGUI's fallback element stays hidden while it loads.
    if (lost) document.body.prepend(band);
    else {
      band.remove();
      heal();
    }
  }

  async function ask() {
    try {
      await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(ASK_MS) });
    } catch {
      answeredAt = null;
      return;
    }
    answeredAt ??= performance.now();
    physiomonPicture.reopen();
    if (performance.now() - answeredAt > PATIENCE_MS) location.reload();
  }

  // NiceGUI loads the page anew when a connection attempt times out. With a frozen server that
  // would end on the browser's own error page, from which nothing comes back by itself.
  function tame() {
    if (!window.socket) return setTimeout(tame, LOOK_MS);
    window.socket.off("connect_error");
    window.socket.on("connect_error", (error) => {
      if (error.message === "Implicit handshake failed") location.reload();
    });
  }

  // A screen that goes to sleep takes the page with it. Only where the browser allows it.
  function stayAwake() {
    if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {});
  }

  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
  physiomonPulse.every(LOOK_MS, look);
  // A page that comes back from sleep, or from behind others, looks at once.
  for (const back of ["visibilitychange", "resume"]) document.addEventListener(back, look);
  for (const back of ["pageshow", "focus"]) addEventListener(back, look);
  addEventListener("DOMContentLoaded", tame);

  return {
    // The page stays, with its equipment alarm: nobody must find it gone who comes back to it.
    loginEnded() {
      ended = true;
      const again = document.createElement("a");
      again.href = `/login?next=${encodeURIComponent(location.pathname)}`;
      again.textContent = "Log in";
      band.replaceChildren("Your login has ended - values are not live. ", again);
      look();
      window.socket?.disconnect();
    },
    beat() {
      beatAt = now();
      answeredAt = null;
      look();
    },
  };
})();
