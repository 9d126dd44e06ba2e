// The borders between panes and results: moved with the mouse, a finger or the keyboard, and remembered.

const KEY = "unblocked.layout";
const root = document.documentElement;
const LIMITS = { columns: [15, 85, 50], rows: [15, 94, 62] };
const now = {};

function put(name, value) {
  const [least, most, usual] = LIMITS[name];
  now[name] = Math.round(Math.min(most, Math.max(least, value ?? usual)) * 10) / 10;
  root.style.setProperty(`--split-${name}`, `${now[name]}%`);
  for (const split of document.querySelectorAll(`.split.${name}`)) split.setAttribute("aria-valuenow", String(Math.round(now[name])));
}

function remember() {
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // Where storage is refused the layout lasts as long as the page.
  }
}

function follow(event) {
  const split = event.target instanceof Element && event.target.closest(".split");
  if (!split || event.button !== 0) return;
  event.preventDefault();
  split.focus();
  split.setPointerCapture(event.pointerId);
  const name = split.classList.contains("columns") ? "columns" : "rows";
  const area = split.parentElement.getBoundingClientRect();
  const move = ({ clientX, clientY }) =>
    put(name, name === "columns" ? ((clientX - area.left) / area.width) * 100 : ((clientY - area.top) / area.height) * 100);
  split.addEventListener("pointermove", move);
  split.addEventListener(
    "lostpointercapture",
    () => {
      split.removeEventListener("pointermove", move);
      remember();
    },
    { once: true },
  );
}

function press(event) {
  const split = event.target instanceof Element && event.target.closest(".split");
  if (!split) return;
  const name = split.classList.contains("columns") ? "columns" : "rows";
  const [least, most] = LIMITS[name];
  const [back, forth] = name === "columns" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
  const step = event.shiftKey ? 10 : 2;
  const next = {
    [back]: now[name] - step,
    [forth]: now[name] + step,
    Home: least,
    End: most,
    // Folds the part behind away, and opens it again.
    Enter: now[name] >= most ? null : most,
  };
  if (!(event.key in next)) return;
  event.preventDefault();
  put(name, next[event.key]);
  remember();
}

/** Puts the borders where they were on the last visit, and lets them be moved. */
export function listenToSplits() {
  let saved = {};
  try {
    saved = JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    // As usual, then.
  }
  for (const name of Object.keys(LIMITS)) put(name, Number.isFinite(saved[name]) ? saved[name] : null);
  addEventListener("pointerdown", follow);
  addEventListener("keydown", press);
  addEventListener("dblclick", (event) => {
    const split = event.target instanceof Element && event.target.closest(".split");
    if (!split) return;
    put(split.classList.contains("columns") ? "columns" : "rows", null);
    remember();
  });
}
