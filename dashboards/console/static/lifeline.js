// Shows that the page has lost its server for any reason: killed, frozen, unplugged.
// It relies only on the heartbeat, which arrives with the values themselves (show.js).
globalThis.physiomonLifeline = (() => {
  "use strict";
  const SILENCE_MS = 2500; // the server sends a heartbeat every second
  const LOOK_MS = 100;
  const ASK_MS = 2000;
  const PATIENCE_MS = 8000; // for NiceGUI to reconnect before the page is built again
  const LONGEST_MS = 60_000; // patience of a slow browser
  const root = document.documentElement;
  const band = document.createElement("div");
  band.id = "lifeline";
  band.setAttribute("role", "alert");
  const since = document.createElement("span");
  since.setAttribute("aria-hidden", "true"); // announced once, not every second
  const LOST = physiomonText("No connection to physiomon - values are not live");
  band.append(LOST, since);
  let beatAt = now();
  let askedAt = now(); // for the next heartbeat
  let answeredAt = null;
  let askAt = 0;
  let loadedIn = LONGEST_MS; // until it is loaded
  let ended = false;
  let focused = null; // when the server was lost: what is inert loses the focus

  // Two clocks: one stops while a laptop sleeps, the other can be set.
  function now() {
    return { steady: performance.now(), wall: Date.now() };
  }

  function ageOf({ steady, wall }) {
    return Math.max(performance.now() - steady, Math.abs(Date.now() - wall));
  }

  function silence() {
    return ageOf(beatAt);
  }

  function look() {
    const lost = ended || silence() > SILENCE_MS;
    if (document.body && lost !== band.isConnected) show(lost);
    if (!lost) return;
    countAges();
    if (performance.now() >= askAt && !ended) {
      askAt = performance.now() + ASK_MS;
      ask();
    }
  }

  // Keep counting ages without a server.
  function countAges() {
    const silent = Math.floor(silence() / 1000);
    const said = physiomonText(" - last update {age}", { age: ago(silent) });
    if (since.textContent !== said) since.textContent = said;
    for (const age of document.querySelectorAll("[data-age]")) {
      age.dataset.said ??= age.textContent;
      const old = ago(Number(age.dataset.age) + silent);
      const before = age.dataset.before;
      const text = before === undefined ? physiomonText("NOT LIVE - {age}", { age: old }) : before + old;
      if (age.textContent !== text) age.textContent = text;
    }
  }

  function restore() {
    for (const age of document.querySelectorAll("[data-said]")) {
      age.textContent = age.dataset.said;
      delete age.dataset.said;
    }
  }

  function ago(seconds) {
    return physiomonText("{duration} ago", { duration: duration(seconds) });
  }

  function duration(seconds) {
    if (seconds < 120) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }

  function show(lost) {
    if (lost) focused = document.activeElement;
    root.classList.toggle("lost", lost);
    // A click must not act later: disable everything, including dialogs.
    for (const part of document.body.children) part.toggleAttribute("inert", lost);
    // First in the body: everything after NiceGUI's fallback element is hidden while it loads.
    if (lost) document.body.prepend(band);
    else {
      band.remove();
      restore();
      if (document.activeElement === document.body) focused?.focus({ preventScroll: true });
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
    if (performance.now() - askedAt.steady >= patience() / 2) physiomonUpdates.reopen();
    if (performance.now() - answeredAt < patience()) return;
    answeredAt = null; // the page that is built gets the same time
    physiomonRenewal.renew();
  }

  // A browser or network that took long to load the page takes long for the rest: what is begun again
  // too soon is never done.
  function patience() {
    return Math.min(Math.max(2 * loadedIn, PATIENCE_MS), LONGEST_MS);
  }

  // NiceGUI reloads the page when a connection attempt times out. With a frozen server that would
  // end on the browser's error page, which does not recover.
  function keepPage() {
    if (!window.socket) return setTimeout(keepPage, LOOK_MS);
    window.socket.off("connect_error");
    window.socket.on("connect_error", (error) => {
      if (error.message === "Implicit handshake failed") physiomonRenewal.renew();
    });
  }

  physiomonPulse.every(LOOK_MS, look);
  // Check at once when the page becomes active again.
  for (const back of ["visibilitychange", "resume"]) document.addEventListener(back, look);
  for (const back of ["pageshow", "focus"]) addEventListener(back, look);
  addEventListener("DOMContentLoaded", () => {
    loadedIn = performance.now();
    keepPage();
  });

  function link(text, href) {
    const made = document.createElement("a");
    made.href = href;
    made.textContent = text;
    return made;
  }

  return {
    keepPage,
    // The server has no session for this page, and why: nothing else is shown. Null: it is not known.
    unmonitored(why) {
      root.classList.toggle("unmonitored", why !== null);
      if (why === null) band.replaceChildren(LOST, since);
      else band.replaceChildren(`${why} `, link(physiomonText("All sessions"), "/"));
    },
    // The page stays open with its equipment alarm, so that returning users see the reason.
    loginEnded() {
      ended = true;
      const again = link(physiomonText("Log in"), `/login?next=${encodeURIComponent(location.pathname)}`);
      band.replaceChildren(physiomonText("Your login has ended - values are not live. "), again);
      look();
      window.socket?.disconnect();
    },
    asked() {
      askedAt = now();
    },
    // A heartbeat that was long on its way, such as through a slow network or a page that was
    // frozen, brings old values.
    beat() {
      if (ageOf(askedAt) <= SILENCE_MS) beatAt = now();
      answeredAt = null;
      look();
    },
  };
})();
