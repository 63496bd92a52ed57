// Timers that also run on time in a background tab: browsers throttle the timers of such a page to
// once a second, later once a minute, but not those of a worker.
globalThis.physiomonPulse = (() => {
  "use strict";
  const WORKER_MS = 500;
  const TICKING = `setInterval(() => postMessage(0), ${WORKER_MS})`;
  const calls = [];
  try {
    const worker = new Worker(URL.createObjectURL(new Blob([TICKING])));
    worker.onmessage = () => calls.forEach((call) => call());
  } catch {
    // Without a worker, the timers of the page remain.
  }
  return {
    every(period_ms, call) {
      calls.push(call);
      setInterval(call, period_ms);
    },
  };
})();
