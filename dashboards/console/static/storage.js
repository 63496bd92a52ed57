// Where cookies and storage are blocked, reading `localStorage` throws. A store that lasts as long
// as the page replaces it, for NiceGUI as well: the page works, and forgets its settings.
for (const name of ["localStorage", "sessionStorage"]) {
  try {
    globalThis[name].getItem("");
  } catch {
    const value = Object.create({
      getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; },
      setItem(key, text) { this[key] = String(text); },
    });
    Object.defineProperty(globalThis, name, { value, configurable: true });
  }
}
