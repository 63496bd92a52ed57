// Replaces the picture of the page by the page as soon as it is there, before it is painted. The page
// keeps the values of the picture, and the band that they are not live, until the first heartbeat.
globalThis.physiomonFirstView = (() => {
  "use strict";
  const observer = new MutationObserver(replace);
  observer.observe(document, { childList: true, subtree: true });

  function replace() {
    const app = document.getElementById("app");
    if (!app?.querySelector(".page")) return;
    observer.disconnect();
    const picture = document.getElementById("first-view");
    if (!picture) return;
    const places = new Map([...app.querySelectorAll("[data-region]")].map((each) => [each.dataset.region, each]));
    for (const { dataset, className, childNodes } of picture.querySelectorAll("[data-region]")) {
      const place = places.get(dataset.region);
      if (!place) continue;
      place.className = className;
      place.replaceChildren(...childNodes);
    }
    picture.remove();
  }

  return {
    live() {
      for (const part of document.querySelectorAll("#as-loaded, #first-view")) part.remove();
    },
  };
})();
