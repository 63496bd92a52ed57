// Shows the snapshot of each heartbeat. The heartbeat counts only after the whole snapshot is on the
// page, so it proves that the values are live.
globalThis.physiomonUpdates = (() => {
  "use strict";
  const LOGIN_ENDED = 4401;
  const UNKNOWN_PAGE = 4404; // the server was restarted and does not know this page
  const RETRY_MS = 1000;
  const root = document.documentElement;
  let stream = null;

  function open() {
    stream = new WebSocket(`${location.origin.replace("http", "ws")}/updates/${window.clientId}`);
    stream.onmessage = (message) => show(JSON.parse(message.data));
    stream.onopen = ({ target }) => physiomonChart.open((ask) => target.send(ask));
    stream.onclose = ({ code, target }) => {
      if (target !== stream) return;
      if (code === LOGIN_ENDED) return physiomonLifeline.loginEnded();
      setTimeout(() => {
        if (target !== stream) return; // built again meanwhile: once more would close its dialogs
        if (code === UNKNOWN_PAGE) physiomonRenewal.renew();
        else reopen(target);
      }, RETRY_MS);
    };
  }

  function reopen(old = stream) {
    if (old !== stream || !window.socket) return;
    stream = null;
    old?.close();
    open();
  }

  function show({ frame, charts, asked }) {
    const regions = { ...frame.regions, ...charts?.regions };
    for (const place of document.querySelectorAll("[data-region]")) {
      const region = regions[place.dataset.region];
      if (!region) continue;
      const [classes, content] = region;
      if (place.className !== classes) place.className = classes;
      // Unchanged content stays: no flicker, and selected text is kept.
      if (place.shown !== content) physiomonMorph(place, (place.shown = content));
    }
    physiomonChart.show(asked, charts?.axis, frame.now);
    if (document.title !== frame.title) document.title = frame.title;
    root.classList.toggle("ended", frame.ended);
    // Alarm rows and buttons use NiceGUI's socket: without it the page is not live.
    if (window.socket?.connected) physiomonLifeline.beat();
    physiomonFirstView.live();
    physiomonSound.hear(frame.sound, frame.announced);
    physiomonAnnounce.look();
    globalThis.physiomonAlarms?.look();
  }

  // NiceGUI creates the regions and its socket when it has started.
  function start() {
    stream?.close();
    stream = null;
    if (window.socket) open();
    else setTimeout(start, 50);
  }

  start();
  return { reopen, start };
})();
