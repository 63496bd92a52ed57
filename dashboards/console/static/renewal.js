// Builds the page again when a restarted server does not know it. A reload would do the same, but
// afterwards most browsers block the sound until somebody touches the page.
globalThis.physiomonRenewal = (() => {
  "use strict";
  const RETRY_MS = 2000;
  const PATIENCE_MS = 30_000; // for a proxy or a busy server
  let since = null;

  async function renew() {
    if (since !== null) return;
    since = performance.now();
    try {
      while (!(await renewed())) await new Promise((again) => setTimeout(again, RETRY_MS));
    } finally {
      since = null;
    }
  }

  // Return whether nothing is left to do.
  async function renewed() {
    let answer, html;
    try {
      answer = await fetch(location.href, { cache: "no-store", headers: { accept: "text/html" } });
      html = await answer.text();
    } catch {
      physiomonLifeline.unmonitored(null);
      return true; // lost again: the lifeline asks until it answers
    }
    const page = new DOMParser().parseFromString(html, "text/html");
    const absent = page.querySelector("meta[name=absent]");
    physiomonLifeline.unmonitored(absent && `${page.title} - ${absent.content}`);
    if (absent) {
      // Without a reload, after which most browsers would block the tone of the loss.
      document.title = page.title;
      since = performance.now();
      return false;
    }
    if (answer.redirected && new URL(answer.url).pathname === "/login") {
      physiomonLifeline.loginEnded();
      return true;
    }
    if (!answer.ok && performance.now() - since < PATIENCE_MS) return false;
    // Without a socket NiceGUI has never started, such as after a script that did not arrive.
    if (!answer.ok || answer.redirected || !window.socket || !sameProgram(page)) location.reload();
    else build(page);
    return true;
  }

  // Another version of physiomon or NiceGUI needs its own scripts and styles.
  function sameProgram(page) {
    const parts = (of) => [...of.querySelectorAll("head script, head style, body script[src]")];
    const text = (part) => part.getAttribute("src") ?? part.textContent;
    const loaded = new Set(parts(document).map(text));
    return parts(page).every((part) => loaded.has(text(part)));
  }

  function build(page) {
    window.socket.disconnect();
    app.unmount(); // NiceGUI's
    const start = document.createElement("script");
    start.type = "module";
    start.textContent = [...page.querySelectorAll("body script[type=module]")].at(-1).textContent;
    window.socket = null; // until NiceGUI has started again
    document.body.append(start);
    start.remove();
    physiomonUpdates.start();
    physiomonLifeline.keepPage();
  }

  return { renew };
})();
