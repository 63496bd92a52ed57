// Alarm sounds, generated in the browser: pulse bursts whose pattern and pitch show the priority.
// Source: IEC 60601-1-8, tables 3 and 4, as quoted by RespiraWorks and the Edan X8 manual: high
// 10 pulses (3-2, twice), medium 3, low 2; pitch 150 to 1000 Hz with at least 4 harmonics. The
// page has no volume control; the test makes the loudness of the machine audible.
globalThis.physiomonSound = (() => {
  "use strict";
  const A4 = 440, C5 = 523.25, E5 = 659.26;
  const FIVE = [0, 0.25, 0.5, 1, 1.25]; // 3-2: the fourth pulse follows after two spaces and a pulse
  const BURSTS = {
    high: { every_s: 10, long_s: 0.15, pitch: [C5], at_s: [...FIVE, ...FIVE.map((s) => s + 2.1)] },
    medium: { every_s: 25, long_s: 0.2, pitch: [C5], at_s: [0, 0.4, 0.8] },
    low: { every_s: 30, long_s: 0.2, pitch: [E5, C5], at_s: [0, 0.4] },
    // Unlike any alarm: two long tones that fall by an octave.
    lost: { every_s: 8, long_s: 0.8, pitch: [A4], at_s: [0, 1], falls: true },
  };
  const RANKS = ["low", "medium", "high"];
  const HARMONICS = [0, 1, 0.6, 0.45, 0.3, 0.2]; // all within 15 dB of the first
  const LOUD = 0.5;
  const EDGE = 0.2; // share of a pulse; the rise from 10 to 90 % takes 16 %
  const LEAD_S = 0.05, APART_S = 0.6;
  const STALLED_MS = 3000;
  const EARLY_MS = 400; // updates come once a second: two pages take the same one
  const root = document.documentElement;
  if (!globalThis.AudioContext) {
    root.classList.add("no-sound");
    return { hear() {}, test() {} };
  }
  // Otherwise the silent mode of iPhones and iPads also mutes alarms (Safari 16.4 or later).
  if (navigator.audioSession) navigator.audioSession.type = "playback";
  const context = new AudioContext();
  // Two pages of one browser with the same alarm sound together: each burst sets the time of the next
  // on all of them.
  const others = new BroadcastChannel("physiomon-sound");
  let output = null, announced = null, alarm = "", sounding = "";
  let dueAt = 0, everyMs = 0, burstAt = -Infinity;
  let heard = { at: performance.now(), audio: -1 };
  let allowed = false; // the audio has run: it may continue without a gesture

  // Add one burst to an audio graph; return its end in seconds of the graph.
  function play(level, graph, into, from) {
    const { long_s, pitch, at_s, falls } = BURSTS[level];
    const waves = Float32Array.from(HARMONICS);
    const periodicWave = graph.createPeriodicWave(new Float32Array(waves.length), waves);
    at_s.forEach((at, index) => {
      const start = from + at, end = start + long_s, edge = EDGE * long_s;
      const frequency = pitch[index % pitch.length];
      const tone = new OscillatorNode(graph, { frequency, periodicWave });
      if (falls) {
        tone.frequency.setValueAtTime(frequency, start);
        tone.frequency.exponentialRampToValueAtTime(frequency / 2, end);
      }
      const shape = new GainNode(graph, { gain: 0 });
      shape.gain.setValueAtTime(0, start);
      shape.gain.linearRampToValueAtTime(1, start + edge);
      shape.gain.setValueAtTime(1, end - edge);
      shape.gain.linearRampToValueAtTime(0, end);
      tone.connect(shape).connect(into);
      tone.start(start);
      tone.stop(end);
    });
    return from + at_s.at(-1) + long_s;
  }

  function burst(level) {
    hush();
    output = new GainNode(context, { gain: LOUD });
    output.connect(context.destination);
    const end = play(level, context, output, context.currentTime + LEAD_S);
    if (lost() && level !== "lost") play("lost", context, output, end + APART_S);
  }

  function hush() {
    output?.disconnect();
    output = null;
  }

  function lost() {
    // The end of a replay is not a lost server.
    return root.classList.contains("lost") && !document.querySelector(".replayed");
  }

  // While audio is paused nothing is announced; earlier announcements are not repeated after it.
  function hear(wanted, news) {
    const at = BigInt(news[0]);
    const fresh = announced !== null && at > announced && news[1];
    if (announced === null || at > announced) announced = at;
    alarm = wanted;
    sound(fresh ? news[1] : "");
  }

  function sound(fresh) {
    // An alarm that sounded before the server was lost continues, followed by the loss tone.
    const level = alarm || (lost() ? "lost" : "");
    const now = performance.now();
    if (level + lost() !== sounding) {
      sounding = level + lost();
      everyMs = (BURSTS[level]?.every_s ?? 0) * 1000;
      dueAt = 0;
      if (!level) hush();
    }
    if (context.state !== "running" || !(fresh || (level && now >= dueAt - EARLY_MS))) return;
    // A reminder of an acknowledged alarm may have a higher priority than the sounding alarm.
    burst(RANKS.indexOf(fresh) > RANKS.indexOf(level) ? fresh : level);
    burstAt = now;
    dueAt = now + everyMs;
    others.postMessage(sounding);
  }

  // At most one burst is left out, in case the other page is muted.
  others.onmessage = ({ data }) => {
    if (data === sounding) dueAt = Math.min(performance.now() + everyMs, burstAt + 2 * everyMs);
  };

  // Check the context, not the page: the page's state is up to half a second old.
  function unblock() {
    if (context.state !== "running") context.resume();
  }

  // A context can report that it runs while its clock stands: the audio device is gone.
  function stalled() {
    const now = performance.now();
    if (context.currentTime !== heard.audio) heard = { at: now, audio: context.currentTime };
    return now - heard.at > STALLED_MS;
  }

  // Calls, other apps and the lock screen of a telephone interrupt the audio.
  function proceed() {
    if (context.state === "running") allowed = true;
    else if (allowed) context.resume().catch(() => {});
  }

  function look() {
    proceed();
    root.classList.toggle("sound-blocked", context.state !== "running" || stalled());
    if (lost()) sound("");
  }

  // Browsers allow sound only after a user gesture: `pointerdown` for a mouse, `pointerup` for
  // touch. Source: HTML, "activation triggering input event".
  for (const gesture of ["pointerdown", "pointerup", "touchend", "click", "keydown"]) {
    addEventListener(gesture, unblock, { capture: true });
  }
  context.addEventListener("statechange", look);
  physiomonPulse.every(500, look);
  look();

  return {
    hear,
    play,
    async test() {
      await context.resume();
      burst("high");
    },
  };
})();
