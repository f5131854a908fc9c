// Asks again for the part of the page that changes, until it says that it is done. When what is left
// to decide is not what the rest of the page shows any more, all of it is loaded again.
// The page works without this: it can be loaded again.
"use strict";

const PAUSE_MS = 3000;
const MOST_FAILURES = 5;
const part = document.getElementById("progress");
const decides = () => part.querySelector("[data-decides]")?.dataset.decides;
const shown = decides();
let failures = 0;

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(part.dataset.source, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      part.innerHTML = await answer.text();
      failures = 0;
      if (decides() !== shown) return location.reload();
    } catch {
      failures += 1;
    }
  }
  if (!part.querySelector("[data-done]") && failures < MOST_FAILURES) setTimeout(look, PAUSE_MS);
}

setTimeout(look, PAUSE_MS);
