// What differs between the text before and the text after, by word.

import { Change, presentableDiff } from "@codemirror/merge";
import { gaps } from "./lines.js";

/** Milliseconds that are worked at a time. */
const SLICE = 12;

/** The differences of each place where the texts part, within changed lines by word. */
function* places(before, after) {
  for (const { a, b } of gaps(before, after)) {
    yield presentableDiff(before.slice(a.from, a.to), after.slice(b.from, b.to), { scanLimit: 200 }).map(
      (one) => new Change(a.from + one.fromA, a.from + one.toA, b.from + one.fromB, b.from + one.toB),
    );
  }
}

/** What was made ready. */
let ready = null;

/** Makes the differences ready without holding the page up: of a long file there are many. */
export async function prepare(before, after) {
  const changes = [];
  let end = performance.now() + SLICE;
  for (const more of places(before, after)) {
    changes.push(...more);
    if (performance.now() < end) continue;
    await new Promise((done) => setTimeout(done));
    end = performance.now() + SLICE;
  }
  ready = { before, after, changes };
}

/** The differences: those that were made ready, if they are of these texts. */
export function difference(before, after) {
  const { changes } = (ready?.before === before && ready.after === after && ready) || { changes: [...places(before, after)].flat() };
  ready = null;
  return changes;
}
