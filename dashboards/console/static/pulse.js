// Calls that are due come in time in a tab behind others too: browsers let timers of such a page
// fire once a second, later once a minute, but not those of its worker.
globalThis.physiomonPulse = (() => {
  "use strict";
  const WORKER_MS = 500;
  const TICKING = `setInterval(() => postMessage(0), ${WORKER_MS})`;
  const calls = [];
  try {
    const worker = new Worker(URL.createObjectURL(new Blob([TICKING])));
    worker.onmessage = () => calls.forEach((call) => call());
  } catch {
    // A browser without it has the timers of the page.
  }
  return {
    every(period_ms, call) {
      calls.push(call);
      setInterval(call, period_ms);
    },
  };
})();
