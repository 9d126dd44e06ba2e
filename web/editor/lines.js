// Where the lines of the text before and the text after differ, in time that grows with their length alone. A migration changes
// many places but moves nothing: after each change both texts soon have the same lines again.

/** Lines that are looked ahead for the place where both texts go on alike. */
const AHEAD = 500;

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

/** Each place where the texts part: from where to where in both, and over how many lines. */
export function* gaps(before, after) {
  const [atA, atB] = [starts(before), starts(after)];
  const [a, b] = [lines(before, atA), lines(after, atB)];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (a[i] === b[j]) {
      i++;
      j++;
      continue;
    }
    const next = gap(a, i, b, j);
    yield {
      a: { from: atA[i], to: atA[next.a], lines: next.a - i },
      b: { from: atB[j], to: atB[next.b], lines: next.b - j },
    };
    [i, j] = [next.a, next.b];
  }
}
