// Keeps both panes in step where they stand side by side: what is the same in both texts is on the same height, with room left
// beside what only one of them has, and both scroll together. Loaded behind the first view.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType } from "@codemirror/view";
import { gaps } from "./lines.js";

/** Milliseconds without a change until both texts are laid beside each other. */
const PAUSE = 100;

/** Milliseconds that are worked at a time. */
const SLICE = 12;

/** Milliseconds after a change in which an editor moves its text by itself, to keep in sight what was there. */
const SETTLES = 250;

/** Room for lines that only the other text has. */
class Spacer extends WidgetType {
  constructor(lines, height) {
    super();
    this.lines = lines;
    this.height = lines * height;
  }
  eq(other) {
    return other.lines === this.lines && other.height === this.height;
  }
  get estimatedHeight() {
    return this.height;
  }
  toDOM() {
    const room = document.createElement("div");
    room.className = "cm-spacer";
    room.setAttribute("aria-hidden", "true");
    room.style.height = `${this.lines}lh`;
    return room;
  }
}

const setSpacers = StateEffect.define();

const spacers = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setSpacers)) return effect.value;
    return value.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

const theme = EditorView.theme({
  ".cm-spacer": { background: "repeating-linear-gradient(-45deg, var(--line) 0 1px, transparent 1px 6px)" },
});

const all = [spacers, theme];
export const extensions = () => all;

/** The room that each of two texts needs; null when `stale` says that they are others by now. */
async function room(texts, heights, stale) {
  const found = [[], []];
  let end = performance.now() + SLICE;
  for (const { a, b } of gaps(...texts)) {
    const at = a.lines < b.lines ? 0 : 1;
    const place = [a, b][at].to;
    // After a last line that does not end there is none that it could be before.
    const side = place === texts[at].length && !texts[at].endsWith("\n") ? 1 : -1;
    const lines = Math.abs(a.lines - b.lines);
    if (lines) found[at].push(Decoration.widget({ widget: new Spacer(lines, heights[at]), block: true, side }).range(place));
    if (performance.now() < end) continue;
    await new Promise((done) => setTimeout(done));
    if (stale()) return null;
    end = performance.now() + SLICE;
  }
  return found;
}

/**
 * Keeps two views in step. Gives what is to be called: `changed` after either has another text or file, `moved` after one has
 * drawn its text in another place, `lead` with the view that the other is to follow.
 */
export function align(views) {
  let [due, turn, together, leader, settled] = [0, 0, false, 0, 0];
  /** Where the one that follows was brought. */
  let brought = 0;

  const beside = () => {
    const [a, b] = views.map((view) => view.scrollDOM.getBoundingClientRect());
    return a.width > 0 && b.width > 0 && a.right <= b.left && Math.abs(a.top - b.top) < 2;
  };

  /** Scrolls the other one to where the leader is. */
  function follow() {
    if (!together) return;
    const [from, to] = [views[leader].scrollDOM, views[1 - leader].scrollDOM];
    if (Math.abs(to.scrollTop - from.scrollTop) >= 1) to.scrollTop = from.scrollTop;
    brought = to.scrollTop;
  }

  async function lay() {
    const mine = ++turn;
    together = beside();
    const texts = views.map(({ state }) => state.doc);
    const stale = () => mine !== turn || views.some(({ state }, at) => state.doc !== texts[at]);
    // An empty text stands beside nothing.
    const stands = together && texts.every((text) => text.length);
    const found = stands ? await room(texts.map(String), views.map((view) => view.defaultLineHeight), stale) : [[], []];
    if (!found || stale()) return;
    settled = performance.now() + SETTLES;
    views.forEach((view, at) => {
      if (found[at].length || view.state.field(spacers).size) view.dispatch({ effects: setSpacers.of(Decoration.set(found[at])) });
    });
    moved();
  }

  const measure = { read: () => null, write: follow, key: align };
  const moved = () => together && views[leader].requestMeasure(measure);

  const changed = () => {
    settled = performance.now() + SETTLES + PAUSE;
    clearTimeout(due);
    due = setTimeout(lay, PAUSE);
  };
  const lead = (view) => {
    leader = views.indexOf(view);
    moved();
  };

  views.forEach((view, at) => {
    const takes = () => (leader = at);
    for (const name of ["pointerdown", "wheel", "keydown", "touchstart"]) view.dom.addEventListener(name, takes, { passive: true, capture: true });
    view.scrollDOM.addEventListener(
      "scroll",
      () => {
        if (at !== leader) {
          if (Math.abs(view.scrollDOM.scrollTop - brought) < 1) return;
          if (performance.now() > settled) leader = at;
        }
        follow();
      },
      { passive: true },
    );
  });
  const sizes = new ResizeObserver(() => (beside() === together ? undefined : lay()));
  for (const view of views) sizes.observe(view.dom);
  changed();
  return { changed, moved, lead };
}
