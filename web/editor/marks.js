// Which parts of a text changed, shown as lines and, within them, as words; and how a text has changed since.

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

/** Takes the text of now as the one in which places count. */
export const setBasis = StateEffect.define();

/** The changes since then; null when there is none. */
export const basis = StateField.define({
  create: () => null,
  update(value, transaction) {
    if (transaction.effects.some((effect) => effect.is(setBasis))) return null;
    if (!transaction.docChanged) return value;
    return value ? value.composeDesc(transaction.changes.desc) : transaction.changes.desc;
  },
});

export const setMarks = StateEffect.define();

const line = Decoration.line({ class: "cm-changed-line" });
const word = Decoration.mark({ class: "cm-changed" });

function decorate(doc, ranges) {
  const lines = new Set();
  const words = [];
  for (const { from, to } of ranges) {
    // A range that ends with a line's end does not reach the line after it.
    const stop = to > from && doc.sliceString(to - 1, to) === "\n" ? to - 1 : to;
    for (let at = from; at <= stop; ) {
      const { from: start, to: end } = doc.lineAt(at);
      lines.add(start);
      const [first, last] = [Math.max(start, from), Math.min(end, to)];
      if (last > first) words.push(word.range(first, last));
      at = end + 1;
    }
  }
  return Decoration.set([...Array.from(lines, (start) => line.range(start)), ...words], true);
}

export const marks = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    value = value.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) value = decorate(transaction.state.doc, effect.value);
    }
    return value;
  },
  provide: (field) => EditorView.decorations.from(field),
});
