// Changes the content of an element in place. New elements for each change would lose selected text,
// and make the memory of some browsers grow for hours.
globalThis.physiomonMorph = (() => {
  "use strict";
  const parser = document.createElement("template");

  function morph(place, html) {
    parser.innerHTML = html;
    children(place, parser.content);
    parser.innerHTML = "";
  }

  function children(old, fresh) {
    const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
    after.forEach((node, index) => {
      const kept = before[index];
      if (!kept) old.append(node);
      else if (kept.nodeName !== node.nodeName) kept.replaceWith(node);
      else if (node.nodeType !== Node.ELEMENT_NODE) text(kept, node);
      else element(kept, node);
    });
    before.slice(after.length).forEach((node) => node.remove());
  }

  function text(old, fresh) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
  }

  function element(old, fresh) {
    for (const name of old.getAttributeNames()) {
      if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    children(old, fresh);
  }

  return morph;
})();
