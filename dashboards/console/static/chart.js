// Pans, zooms and reads the charts. The existing drawing is moved at once; the server then draws the
// requested period exactly and sends its axis. All charts of a page share the time axis.
globalThis.physiomonChart = (() => {
  "use strict";
  const SIDE = 1000; // side of the square that the lines are drawn in
  const SHORTEST_MS = 56_250;
  const ASK_MS = 80; // between two requests
  const LIVE_EDGE = 0.9; // zooming in the last tenth of a live chart keeps it live
  const NEAR_LIVE = 0.02; // an end dragged this close to the present becomes live
  const KEY_STEP = 0.1;
  const WHEEL = 0.0015; // zoom per unit of the wheel
  const READ_STEP = 0.005;
  const READING_SLACK = 15; // of the square's side: a single measurement has no width
  const FINE_MS = 1_000_000; // shorter axes show seconds
  const PRESENT = { span: 1800, live: true };
  const root = document.documentElement;
  const lines = new WeakMap(); // path -> its points

  let send = null;
  let axis = null; // of the drawn charts
  let now = 0;
  let wanted = null; // the period that the user dragged to and that is not drawn yet
  let choice = PRESENT; // span in s, 0 for the whole session
  let dose = true;
  let number = 0; // of the last change
  let sent = 0; // number of the last request, and of the last response
  let answered = 0;
  let askedAt = 0;
  let timer = null;
  let frame = null;
  let cursor = null; // position at which values are read, as a share of the plot
  const fingers = new Map();

  const view = () => wanted ?? axis;
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  // Drawing: the existing charts, moved to the wanted period.

  function paint() {
    frame = null;
    const shown = view();
    if (!shown) return;
    const length = axis.until - axis.since;
    const from = (shown.since - axis.since) / length;
    const stretch = length / (shown.until - shown.since);
    const box = `${(from * SIDE).toFixed(2)} 0 ${(SIDE / stretch).toFixed(2)} ${SIDE}`;
    for (const plot of document.querySelectorAll(".plot")) {
      plot.style.setProperty("--from", from.toFixed(5));
      plot.style.setProperty("--stretch", stretch.toFixed(5));
      for (const svg of plot.querySelectorAll("svg")) {
        if (svg.getAttribute("viewBox") !== box) svg.setAttribute("viewBox", box);
      }
    }
    root.classList.toggle("past", !shown.live);
    const text = shown.live ? "" : physiomonText("NOT LIVE: {since} to {until}", {
      since: clock(shown.since), until: clock(shown.until),
    });
    write(document.querySelector(".chart-past-text"), text);
    for (const button of document.querySelectorAll("[data-span]")) {
      press(button, shown.live && Number(button.dataset.span) === shownSpan(shown));
    }
    for (const button of document.querySelectorAll("[data-dose]")) {
      press(button, (button.dataset.dose === "true") === (dose && axis.dose !== null));
    }
    read();
  }

  // Until a span is full, the charts show the session.
  function shownSpan(shown) {
    return shown.since <= axis.from && choice.span * 1000 > shown.until - shown.since ? 0 : choice.span;
  }

  function repaint() {
    frame ??= requestAnimationFrame(paint);
  }

  function write(place, text) {
    if (place && place.textContent !== text) place.textContent = text;
  }

  function press(button, on) {
    const pressed = String(on);
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  }

  // Moving and requesting.

  function want(since, until, { live = false } = {}) {
    if (!axis) return;
    const longest = Math.max(now - axis.from, SHORTEST_MS);
    const span = clamp(until - since, SHORTEST_MS, longest);
    const middle = (since + until) / 2;
    let end = live ? now : until - since === span ? until : middle + span / 2;
    end = Math.max(end, axis.from + span);
    const near = until >= view().until ? span * NEAR_LIVE : 0;
    const isLive = live || end >= now - near;
    if (isLive) end = now;
    wanted = { since: end - span, until: end, live: isLive };
    choice = { span: span / 1000, live: isLive };
    changed();
  }

  function changed() {
    number += 1;
    repaint();
    ask();
  }

  // One request at a time, always for the latest period; those in between are never drawn.
  function ask() {
    if (!send || timer !== null || sent !== answered || sent === number) return;
    const wait = askedAt + ASK_MS - performance.now();
    if (wait > 0) {
      timer = setTimeout(() => {
        timer = null;
        ask();
      }, wait);
      return;
    }
    askedAt = performance.now();
    sent = number;
    const until_ms = choice.live ? null : Math.round(wanted?.until ?? axis.until);
    send(JSON.stringify({ number, span_s: choice.span, until_ms, since_dose: dose }));
  }

  function move(share) {
    const { since, until } = view() ?? {};
    const step = (until - since) * share;
    want(since + step, until + step);
  }

  // Zoom around a position in the plot, or so that a live chart stays live.
  function zoom(factor, at = null) {
    const shown = view();
    if (!shown) return;
    const span = shown.until - shown.since;
    const live = shown.live && (at === null || at > LIVE_EDGE);
    const pivot = live ? 1 : (at ?? 0.5);
    const since = shown.since + span * pivot * (1 - factor);
    want(since, since + span * factor, { live });
  }

  function span(seconds) {
    wanted = null;
    choice = { span: seconds, live: true };
    changed();
  }

  function live() {
    const shown = view();
    if (!shown) return;
    want(now - (shown.until - shown.since), now, { live: true });
  }

  function sinceDose(on) {
    dose = on;
    changed();
  }

  // Reading.

  const pad = (number) => String(number).padStart(2, "0");

  function clock(at) {
    const room = new Date(at + axis.offset); // the clock of the room, not of the browser
    const seconds = axis.until - axis.since <= FINE_MS ? `:${pad(room.getUTCSeconds())}` : "";
    return `${pad(room.getUTCHours())}:${pad(room.getUTCMinutes())}${seconds}`;
  }

  function sinceDoseText(at) {
    if (axis.dose === null) return "";
    const fine = axis.until - axis.since <= FINE_MS;
    const all = Math.round(Math.abs(at - axis.dose) / 1000);
    const text = `${Math.floor(all / 3600)}:${pad(Math.floor(all / 60) % 60)}`;
    const seconds = fine ? `:${pad(all % 60)}` : "";
    const said = at < axis.dose ? ", {time} before dose" : ", {time} since dose";
    return physiomonText(said, { time: `${text}${seconds}` });
  }

  // The segments of a line, each a list of [x, y] in the square.
  function pieces(path) {
    const drawn = path.getAttribute("d");
    let known = lines.get(path);
    if (known?.drawn !== drawn) {
      known = { drawn, all: [] };
      for (const [, kind, x, y] of drawn.matchAll(/([ML])(-?\d+) (-?\d+)/g)) {
        if (kind === "M") known.all.push([]);
        known.all.at(-1).push([Number(x), Number(y)]);
      }
      lines.set(path, known);
    }
    return known.all;
  }

  function readingAt(plot, x) {
    const near = ([at]) => Math.abs(at - x);
    const all = JSON.parse(plot.dataset.readings).filter((one) => near(one) <= READING_SLACK);
    if (!all.length) return null;
    const [, y, text] = all.reduce((a, b) => (near(b) < near(a) ? b : a));
    return { y, text };
  }

  function digits(value, decimals) {
    const exactly = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return value.toLocaleString(root.lang || "en", { ...exactly, useGrouping: false });
  }

  function valueAt(plot, x) {
    if (plot.dataset.readings) return readingAt(plot, x);
    const path = plot.querySelector(".trace");
    const slack = 2; // a dot has no width
    const piece = pieces(path).find((all) => all[0][0] - slack <= x && x <= all.at(-1)[0] + slack);
    if (!piece) return null;
    const [, y] = piece.reduce((a, b) => (Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a));
    const { low, high, decimals, unit } = plot.dataset;
    const value = Number(high) - (y / SIDE) * (high - low);
    return { y, text: `${digits(value, decimals)} ${unit}` };
  }

  function alarmAt(plot, x) {
    let sign = "";
    for (const path of plot.querySelectorAll(".alarm-span")) {
      for (const [, from, to] of path.getAttribute("d").matchAll(/M(\d+) \d+H(\d+)/g)) {
        if (from <= x && x <= to) sign = path.dataset.sign; // the most urgent is last
      }
    }
    return sign;
  }

  function read() {
    const shown = view();
    for (const chart of document.querySelectorAll(".chart-frame")) {
      const [line, reading] = [".chart-cursor", ".chart-reading"].map((c) => chart.querySelector(c));
      const plot = chart.querySelector(".plot");
      const on = cursor !== null && plot && shown;
      chart.classList.toggle("reading", Boolean(on));
      if (!on) continue;
      const at = shown.since + cursor * (shown.until - shown.since);
      const x = ((at - axis.since) / (axis.until - axis.since)) * SIDE;
      const value = valueAt(plot, x);
      const sign = alarmAt(plot, x);
      const time = `${clock(at)}${sinceDoseText(at)}`;
      const said = { value: value?.text ?? physiomonText("no value"), time };
      const alarm = sign && physiomonText(", alarm {sign}", { sign });
      write(reading, physiomonText("{value} at {time}", said) + alarm);
      const [outer, inner] = [chart, plot].map((part) => part.getBoundingClientRect());
      const left = inner.left - outer.left + cursor * inner.width;
      line.style.cssText = `left:${left}px;top:${inner.top - outer.top}px;height:${inner.height}px`;
      const right = cursor > 0.5 ? `right:${outer.width - left + 8}px` : `left:${left + 8}px`;
      reading.style.cssText = `${right};top:${inner.top - outer.top}px`;
    }
  }

  function step(direction) {
    cursor = clamp((cursor ?? 1) + direction * READ_STEP, 0, 1);
    read();
    const all = [...document.querySelectorAll(".chart-frame")].map((chart) => {
      const label = chart.closest("[aria-label]:not(.chart-frame)").getAttribute("aria-label");
      return `${label.split(",")[0]} ${chart.querySelector(".chart-reading").textContent}`;
    });
    write(document.querySelector(".chart-said"), all.join(". "));
  }

  // Wheel, mouse, fingers and keys.

  const frameOf = (event) => event.target.closest?.(".chart-frame");

  function shareOf(chart, clientX) {
    const { left, width } = chart.querySelector(".plot").getBoundingClientRect();
    return (clientX - left) / width;
  }

  addEventListener(
    "wheel",
    (event) => {
      const chart = frameOf(event);
      if (!chart || !axis) return;
      event.preventDefault();
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      const turned = (sideways && event.deltaX) || event.deltaY;
      const pixels = turned * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1);
      if (sideways) move(pixels / chart.clientWidth);
      else zoom(Math.exp(clamp(pixels, -300, 300) * WHEEL), shareOf(chart, event.clientX));
    },
    { passive: false },
  );

  addEventListener("pointerdown", (event) => {
    const chart = frameOf(event);
    if (!chart || !axis || event.button !== 0) return;
    fingers.set(event.pointerId, event.clientX);
    chart.setPointerCapture(event.pointerId);
  });

  addEventListener("pointermove", (event) => {
    const chart = frameOf(event);
    if (!chart || !axis) {
      if (cursor !== null && event.pointerType === "mouse") unread();
      return;
    }
    const before = fingers.get(event.pointerId);
    const at = shareOf(chart, event.clientX);
    if (before === undefined) {
      cursor = at >= 0 && at <= 1 ? at : null;
      return read();
    }
    if (fingers.size === 1) {
      move(shareOf(chart, before) - at);
    } else {
      const [other] = [...fingers].find(([id]) => id !== event.pointerId).slice(1);
      const old = Math.abs(before - other);
      const fresh = Math.abs(event.clientX - other);
      if (old > 0 && fresh > 0) zoom(old / fresh, shareOf(chart, other));
    }
    fingers.set(event.pointerId, event.clientX);
  });

  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, ({ pointerId }) => fingers.delete(pointerId));
  }

  function unread() {
    cursor = null;
    read();
  }

  const KEYS = {
    ArrowLeft: (shift) => (shift ? step(-1) : move(-KEY_STEP)),
    ArrowRight: (shift) => (shift ? step(1) : move(KEY_STEP)),
    "+": () => zoom(0.5, cursor),
    "=": () => zoom(0.5, cursor),
    "-": () => zoom(2, cursor),
    Home: () => {
      const { since, until } = view();
      want(axis.from, axis.from + until - since);
    },
    End: live,
    0: live,
    Escape: unread,
  };

  addEventListener(
    "keydown",
    (event) => {
      const act = KEYS[event.key];
      if (!frameOf(event) || !act || !axis || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      act(event.shiftKey);
    },
    { capture: true }, // before keys of the whole page
  );

  return {
    span,
    move,
    zoom,
    live,
    sinceDose,
    drawn: () => axis, // for tests and benchmarks
    // The stream is open: repeat a request without a response.
    open(ask_) {
      send = ask_;
      sent = answered;
      ask();
    },
    // Called with each heartbeat; `drawn` is the axis of new charts, if there are any.
    show(asked, drawn, now_) {
      now = now_;
      if (drawn) axis = drawn;
      answered = asked;
      if (asked === number) wanted = null;
      else ask();
      if (wanted?.live) {
        wanted = { ...wanted, since: now - (wanted.until - wanted.since), until: now };
      }
      if (axis) paint();
    },
  };
})();
