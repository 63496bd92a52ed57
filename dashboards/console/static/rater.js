// Shows the content of each heartbeat, and reports a lost server or an ended login.
(() => {
  "use strict";
  const LOGIN_ENDED = 4401, RETRY_MS = 1000, SILENCE_MS = 2500;
  const band = document.getElementById("lifeline"), place = document.getElementById("state");
  let beatAt = performance.now(), askedAt = beatAt, shown = null, ended = false;

  function open() {
    const stream = new WebSocket(`${location.origin.replace("http", "ws")}/state/beats`);
    askedAt = performance.now();
    stream.onmessage = ({ data }) => {
      if (data !== shown) place.innerHTML = JSON.parse((shown = data));
      // What was long on its way is old; the server sends the next after this has been shown.
      if (performance.now() - askedAt < SILENCE_MS) beatAt = performance.now();
      askedAt = performance.now();
      stream.send("shown");
      look();
    };
    stream.onclose = ({ code }) => (code === LOGIN_ENDED ? end() : setTimeout(open, RETRY_MS));
  }

  function end() {
    ended = true;
    const again = document.createElement("a");
    again.href = "/login?next=/state";
    again.textContent = physiomonText("Log in");
    band.replaceChildren(physiomonText("Your login has ended. "), again);
    look();
  }

  function look() {
    const lost = ended || performance.now() - beatAt > SILENCE_MS;
    if (!ended) band.textContent = physiomonText("No connection to physiomon - what is shown is not live");
    band.hidden = !lost;
    document.documentElement.classList.toggle("lost", lost);
  }

  setInterval(look, 250);
  open();
})();
