// How many of all files are done, with a way to stop. Loaded when something takes its time.

import { adopt } from "./sheet.js";

adopt(`
.progress-card {
  position: fixed;
  inset: auto 0 var(--s4);
  z-index: 11;
  display: grid;
  grid-template-columns: minmax(0, 1fr) auto;
  align-items: center;
  gap: var(--s1) var(--s3);
  width: min(26rem, calc(100vw - 2 * var(--s3)));
  margin: 0 auto;
  padding: var(--s3) var(--s4);
  border: 1px solid var(--line-strong);
  border-radius: var(--radius);
  background: var(--bg-raised);
  box-shadow: var(--shadow);
}
.progress-card p { font-variant-numeric: tabular-nums; }
.progress-card progress { grid-column: 1; width: 100%; accent-color: var(--accent); }
.progress-card button { grid-area: 1 / 2 / 3; }
`);

/** Milliseconds that something may take before it is shown. */
const CALM = 300;

const number = (value) => value.toLocaleString("en");

let card = null;
let due = null;
let latest = null;

function draw() {
  due = null;
  if (!card) {
    card = document.createElement("section");
    card.className = "progress-card";
    card.id = "progress";
    card.setAttribute("aria-label", "Progress");
    const text = document.createElement("p");
    const bar = document.createElement("progress");
    const stop = document.createElement("button");
    stop.className = "quiet";
    stop.id = "stop";
    stop.textContent = "Cancel";
    stop.onclick = () => latest?.stop();
    // Said once: every step would be too much to listen to.
    const said = document.createElement("p");
    said.className = "sr";
    said.setAttribute("role", "status");
    card.append(text, bar, stop, said);
    document.body.append(card);
    setTimeout(() => (said.textContent = latest ? `${latest.label} ${number(latest.all)} files.` : ""), 50);
  }
  const [text, bar] = card.children;
  const { label, done, all } = latest;
  text.textContent = all ? `${label}: ${number(done)} of ${number(all)} files` : `${label}…`;
  if (all) {
    bar.max = all;
    bar.value = done;
  } else {
    bar.removeAttribute("value");
  }
  bar.setAttribute("aria-label", text.textContent);
}

/** Shows how far something is. `stop` is called when the reader has enough of it. */
export function show(label, done, all, stop) {
  latest = { label, done, all, stop };
  if (card) draw();
  else due ??= setTimeout(draw, CALM);
}

/** Shows it no more. */
export function hide() {
  clearTimeout(due);
  [due, latest] = [null, null];
  card?.remove();
  card = null;
}
