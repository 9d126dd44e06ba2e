// What is under the pointer or the cursor: what a name means and where it is defined, what was found there, and what can be
// done about it. Loaded behind the first view.

import { forEachDiagnostic } from "@codemirror/lint";
import { Prec, StateEffect, StateField } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap, showTooltip } from "@codemirror/view";

import { adopt } from "./sheet.js";
import { button, prose } from "./tips.js";

adopt(`
.tip-meaning { padding: var(--s2) var(--s3); font: var(--t1) / 1.45 var(--sans); max-width: 32rem; }
.tip-meaning > * + * { margin-top: var(--s1); }
.tip-meaning .hint { color: var(--muted); }
.tip-here { max-height: min(24rem, 60vh); overflow: auto; outline: none; }
.tip-here > * + * { border-top: 1px solid var(--line); }
.tip-here .cm-diagnostic { margin: 0; }
.cm-follow .cm-content { cursor: pointer; }
`);

/** What a name means, as something to read, with a way to where it is defined; `note` holds of all of it. */
function tell(meaning, note, go) {
  const tip = document.createElement("div");
  tip.className = "tip-meaning";
  const add = (text, name) => {
    const line = prose(text);
    if (name) line.className = name;
    tip.append(line);
  };
  if (meaning.value) add(meaning.value);
  if (meaning.told) add(meaning.told, "hint");
  if (meaning.missing && !meaning.value?.includes(meaning.missing)) add(`\`${meaning.missing}\` is not among the files`, "hint");
  if (meaning.place) tip.append(button(`Go to ${meaning.place}`, go));
  if (note && tip.childElementCount) tip.append(Object.assign(prose(note), { className: "hint" }));
  return tip.childElementCount ? tip : null;
}

const setHere = StateEffect.define();

const here = StateField.define({
  create: () => null,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setHere)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : value;
  },
  provide: (field) => showTooltip.from(field),
});

/** Opens what is to know of the place of the cursor, and puts the keyboard in it. */
async function open(view, { ask, act, note }) {
  const at = view.state.selection.main.head;
  const line = view.state.doc.lineAt(at);
  const found = [];
  forEachDiagnostic(view.state, (diagnostic, from, to) => {
    if (from <= line.to && to >= line.from) found.push({ diagnostic, from, to, near: from <= at && at <= to ? 0 : 1 });
  });
  found.sort((a, b) => a.near - b.near || a.from - b.from);
  const meaning = await ask(at);
  const tip = meaning && tell(meaning, note, () => act("go", at));
  const box = document.createElement("div");
  box.className = "tip-here";
  box.tabIndex = -1;
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", "What is here");
  const close = () => {
    view.dispatch({ effects: setHere.of(null) });
    view.focus();
  };
  if (tip) box.append(tip);
  for (const { diagnostic, from, to } of found) {
    const part = document.createElement("div");
    part.className = `cm-diagnostic cm-diagnostic-${diagnostic.severity}`;
    part.append(diagnostic.renderMessage(view));
    for (const { name, apply } of diagnostic.actions ?? []) {
      const made = button(name, () => {
        close();
        apply(view, from, to);
      });
      made.className = "cm-diagnosticAction";
      part.append(made);
    }
    box.append(part);
  }
  if (!box.childElementCount) {
    const nothing = document.createElement("p");
    nothing.className = "tip-meaning";
    nothing.textContent = "Nothing was found here.";
    box.append(nothing);
  }
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key !== "Escape") return;
    event.preventDefault();
    close();
  });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget)) view.dispatch({ effects: setHere.of(null) });
  });
  const create = () => ({ dom: box, mount: () => (box.querySelector("button") ?? box).focus({ preventScroll: true }) });
  view.dispatch({ effects: setHere.of({ pos: at, above: false, create }) });
}

/**
 * What a pane tells, by what it has:
 * @param {{ask: (offset: number) => Promise<object | null>, act: (what: string, value: number) => void, note?: string}} pane
 *   what the name at a place means; what does something about a place or a finding; what holds of every meaning
 */
export const extensions = (pane) => {
  const { ask, act, note } = pane;
  const go = (view, at = view.state.selection.main.head) => {
    act("go", at);
    return true;
  };
  const follow = (event, view) => view.dom.classList.toggle("cm-follow", (event.ctrlKey || event.metaKey));
  return [
    here,
    hoverTooltip(async (view, at) => {
      const word = view.state.wordAt(at);
      if (!word) return null;
      const meaning = await ask(at);
      const tip = meaning && tell(meaning, note, () => act("go", at));
      return tip && { pos: word.from, end: word.to, above: false, create: () => ({ dom: tip }) };
    }),
    EditorView.domEventHandlers({
      mousedown(event, view) {
        if (event.button !== 0 || !(event.ctrlKey || event.metaKey) || event.altKey) return false;
        const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
        if (at === null || !view.state.wordAt(at)) return false;
        event.preventDefault();
        return go(view, at);
      },
      mousemove: (event, view) => void follow(event, view),
      keydown: (event, view) => void follow(event, view),
      keyup: (event, view) => void follow(event, view),
    }),
    Prec.high(
      keymap.of([
        { key: "F12", run: (view) => go(view) },
        { key: "Mod-.", run: (view) => (open(view, pane), true) },
      ]),
    ),
  ];
};
