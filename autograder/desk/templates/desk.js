"use strict";
// Keys that click a link or a button, or lead into a field; and the progress of a run.
const isTyping = (target) => target.closest("input, textarea, select") !== null;

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const found = /^[a-z]$/.test(event.key) && document.querySelector(`[data-key="${event.key}"]`);
  if (!found) return;
  event.preventDefault();
  if (found instanceof HTMLInputElement) found.select();
  else found.click();
});

// A link into the frame of a notebook leads the eye there as well.
addEventListener("click", (event) => {
  const link = event.target.closest("a[target]");
  const frame = link && document.querySelector(`iframe[name="${link.target}"]`);
  if (frame) frame.scrollIntoView({ block: "start" });
});

const live = document.querySelector("[data-live]");
const follow = async () => {
  try {
    const now = await (await fetch(live.dataset.live)).json();
    live.textContent = now.text;
    setTimeout(follow, now.running ? 2000 : 10000);
  } catch {
    live.textContent = "The desk has ended; start it again with `autograder desk`.";
  }
};
if (live) follow();
