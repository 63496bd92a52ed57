// Alarm sounds, made by the browser itself: pulse bursts whose shape and pitch tell the priority.
// Source: IEC 60601-1-8, tables 3 and 4, as quoted by RespiraWorks and the Edan X8 manual: high
// 10 pulses (3-2, twice), medium 3, low 2; pitch 150 to 1000 Hz with at least 4 harmonics.
globalThis.physiomonSound = (() => {
  "use strict";
  const C5 = 523.25, E5 = 659.26;
  const THREE_TWO = [0, 0.25, 0.5, 0.9, 1.15];
  const BURSTS = {
    high: { every_s: 10, long_s: 0.15, pitch: Array(10).fill(C5), at_s: [...THREE_TWO, ...THREE_TWO.map((s) => s + 2)] },
    medium: { every_s: 25, long_s: 0.2, pitch: Array(3).fill(C5), at_s: [0, 0.4, 0.8] },
    low: { every_s: 30, long_s: 0.2, pitch: [E5, C5], at_s: [0, 0.4] },
  };
  const HARMONICS = [0, 1, 0.6, 0.45, 0.3, 0.2]; // of the first, loudest to faintest
  const LOUD = 0.5, EDGE_S = 0.02;
  const root = document.documentElement;
  const context = new AudioContext();
  const wave = context.createPeriodicWave(new Float32Array(HARMONICS.length), Float32Array.from(HARMONICS));
  let output = null, announced = null, priority = "", dueAt = 0;

  function burst(level) {
    const { long_s, pitch, at_s } = BURSTS[level];
    hush();
    output = new GainNode(context, { gain: LOUD });
    output.connect(context.destination);
    at_s.forEach((at, index) => {
      const start = context.currentTime + 0.05 + at;
      const tone = new OscillatorNode(context, { frequency: pitch[index], periodicWave: wave });
      const shape = new GainNode(context, { gain: 0 });
      shape.gain.setValueAtTime(0, start);
      shape.gain.linearRampToValueAtTime(1, start + EDGE_S);
      shape.gain.setValueAtTime(1, start + long_s - EDGE_S);
      shape.gain.linearRampToValueAtTime(0, start + long_s);
      tone.connect(shape).connect(output);
      tone.start(start);
      tone.stop(start + long_s);
    });
  }

  function hush() {
    output?.disconnect();
    output = null;
  }

  function hear(wanted, news) {
    const fresh = announced !== null && news[0] !== announced && news[1];
    announced = news[0];
    if (wanted !== priority) {
      priority = wanted;
      dueAt = 0;
      if (!wanted) hush();
    }
    const now = performance.now();
    if (context.state !== "running" || !(fresh || (priority && now >= dueAt))) return;
    const level = priority || news[1];
    burst(level);
    dueAt = now + BURSTS[level].every_s * 1000;
  }

  function look() {
    root.classList.toggle("sound-blocked", context.state !== "running");
    // A page without its server cannot alarm: that is an alarm of the equipment.
    if (root.classList.contains("lost")) hear("medium", [announced, ""]);
  }

  // Browsers let a page sound only after a hand has touched it.
  for (const touch of ["pointerdown", "keydown"]) {
    addEventListener(touch, () => context.resume(), { capture: true });
  }
  context.addEventListener("statechange", look);
  setInterval(look, 500);

  return {
    hear,
    async test() {
      await context.resume();
      burst("high");
    },
  };
})();
