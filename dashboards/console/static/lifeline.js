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
  band.textContent = "No connection to physiomon - values are not live";
  let beatAt = performance.now();
  let answeredAt = null;
  let askAt = 0;
  let ended = false;

  function look() {
    const now = performance.now();
    const lost = now - beatAt > SILENCE_MS;
    if (document.body && lost !== band.isConnected) tell(lost);
    if (lost && now >= askAt && !ended) {
      askAt = now + ASK_MS;
      ask();
    }
  }

  function tell(lost) {
    root.classList.toggle("lost", lost);
    // Nobody must press a button whose act arrives later, if ever: not in a dialog either.
    for (const part of document.body.children) part.toggleAttribute("inert", lost);
    // First in the body: what follows NiceGUI's fallback element stays hidden while it loads.
    if (lost) document.body.prepend(band);
    else band.remove();
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
  setInterval(look, LOOK_MS);
  addEventListener("DOMContentLoaded", tame);

  return {
    // The page stays, with its equipment alarm: nobody must find it gone who comes back to it.
    loginEnded() {
      ended = true;
      const again = document.createElement("a");
      again.href = `/login?next=${encodeURIComponent(location.pathname)}`;
      again.textContent = "Log in";
      band.replaceChildren("Your login has ended - values are not live. ", again);
      beatAt = -Infinity;
      look();
      window.socket?.disconnect();
    },
    beat() {
      beatAt = performance.now();
      answeredAt = null;
      look();
    },
  };
})();
