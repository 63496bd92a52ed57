// Shows the snapshot of each heartbeat. The heartbeat counts only after the whole snapshot is on the
// page, and if it was not long on its way, so it proves that the values are live.
globalThis.physiomonUpdates = (() => {
  "use strict";
  const LOGIN_ENDED = 4401;
  const UNKNOWN_PAGE = 4404; // the server was restarted and does not know this page
  const SHOWN = "shown"; // the server sends the next snapshot after this, so that none queues
  const RETRY_MS = 1000;
  const root = document.documentElement;
  let stream = null;

  function open() {
    physiomonLifeline.asked();
    const opened = new WebSocket(`${location.origin.replace("http", "ws")}/updates/${window.clientId}`);
    stream = opened;
    opened.onmessage = ({ data }) => {
      show(JSON.parse(data));
      physiomonLifeline.asked();
      opened.send(SHOWN);
    };
    opened.onopen = () => physiomonChart.open((ask) => opened.send(ask));
    opened.onclose = ({ code }) => {
      if (opened !== stream) return;
      if (code === LOGIN_ENDED) return physiomonLifeline.loginEnded();
      setTimeout(() => {
        if (opened !== stream) return; // built again meanwhile: once more would close its dialogs
        if (code === UNKNOWN_PAGE) physiomonRenewal.renew();
        else reopen(opened);
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
