// The server asks a loaded page for the name that this tab keeps. A click that comes before its
// answer takes the name along, or it would be refused for want of it.
addEventListener("click", function send() {
  if (!globalThis.socket) return; // not loaded
  removeEventListener("click", send, true);
  emitEvent("physiomon-name", sessionStorage.getItem("physiomon-name") ?? "");
}, true);
