// Digits enter the distress rating, 0 to 10, while its dialog is open.
(() => {
  "use strict";
  const TEN_MS = 700; // "1" may be the first digit of "10"
  let one = null;

  function press(rating) {
    const buttons = document.querySelectorAll(".q-dialog .ratings button");
    [...buttons].find((each) => each.innerText.trim() === rating)?.click();
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (!/^[0-9]$/.test(event.key) || !document.querySelector(".q-dialog .ratings")) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable=true]")) return;
    const ten = one !== null && event.key === "0";
    clearTimeout(one);
    one = null;
    if (ten) press("10");
    else if (event.key !== "1") press(event.key);
    else
      one = setTimeout(() => {
        one = null;
        press("1");
      }, TEN_MS);
  });
})();
