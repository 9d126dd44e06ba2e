// What differs between the text before and the text after, in time that grows with their length alone. A migration changes
// many places but moves nothing: after each change both texts soon have the same lines again.

import { Change, presentableDiff } from "@codemirror/merge";

/** Lines that are looked ahead for the place where both texts go on alike. */
const AHEAD = 500;

/** Milliseconds that are worked at a time. */
const SLICE = 12;

/** Where each line starts, and where the text ends. */
function starts(text) {
  const found = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) found.push(at + 1);
  if (found.at(-1) !== text.length) found.push(text.length);
  return found;
}

const lines = (text, at) => at.slice(1).map((end, index) => text.slice(at[index], end));

/** Whether a line may stand for a place: blank ones and closing brackets are everywhere. */
const tells = (line) => /[\p{L}\p{N}]/u.test(line);

/** How many lines each text has until both go on alike; the rest of both when they do not. */
function gap(a, i, b, j) {
  const [lastA, lastB] = [Math.min(a.length, i + AHEAD), Math.min(b.length, j + AHEAD)];
  const firsts = new Map();
  for (let at = lastB - 1; at >= j; at--) firsts.set(b[at], at);
  let best = null;
  for (let at = i; at < lastA && (!best || at - i < best.steps); at++) {
    const other = firsts.get(a[at]);
    if (other === undefined) continue;
    // A line that says little has to be followed by another that agrees.
    if (!tells(a[at]) && a[at + 1] !== b[other + 1]) continue;
    const steps = at - i + other - j;
    if (!best || steps < best.steps) best = { steps, a: at, b: other };
  }
  return best ?? { a: a.length, b: b.length };
}

/** The differences of each place where the texts part, within changed lines by word. */
function* places(before, after) {
  const [atA, atB] = [starts(before), starts(after)];
  const [a, b] = [lines(before, atA), lines(after, atB)];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (a[i] === b[j]) {
      i++;
      j++;
      continue;
    }
    const next = gap(a, i, b, j);
    const [fromA, fromB] = [atA[i], atB[j]];
    yield presentableDiff(before.slice(fromA, atA[next.a]), after.slice(fromB, atB[next.b]), { scanLimit: 200 }).map(
      (one) => new Change(fromA + one.fromA, fromA + one.toA, fromB + one.fromB, fromB + one.toB),
    );
    [i, j] = [next.a, next.b];
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
