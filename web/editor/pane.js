// One pane: a CodeMirror view that shows one file at a time. Each file has its own state, and so its own undo history.

import { isolateHistory } from "@codemirror/commands";
import { Annotation, Compartment, EditorSelection, EditorState, Transaction } from "@codemirror/state";
import { EditorView, gutter, keymap } from "@codemirror/view";

import { Part } from "./behind.js";
import { setBasis, basis, setMarks } from "./marks.js";
import { extensions } from "./setup.js";

/** Marks the transactions that the page makes itself. */
const generated = Annotation.define();

/** The smallest single replacement that makes `next` of `doc`, so that the selection and the scroll position stay. */
function difference(doc, next) {
  const old = doc.toString();
  let from = 0;
  const shortest = Math.min(old.length, next.length);
  while (from < shortest && old.charCodeAt(from) === next.charCodeAt(from)) from++;
  let end = 0;
  while (
    end < shortest - from &&
    old.charCodeAt(old.length - 1 - end) === next.charCodeAt(next.length - 1 - end)
  ) end++;
  if (from === old.length && from === next.length) return null;
  return { from, to: old.length - end, insert: next.slice(from, next.length - end) };
}

/** All panes, in the order that they were made. */
export const panes = [];

const python = new Part(() => import("./python.js"), panes);
// Its gutter has its room from the start.
const findings = new Part(() => import("./findings.js"), panes, gutter({ class: "cm-gutter-lint" }));
const openSearch = (view) => {
  search.load().then(({ openSearchPanel }) => openSearchPanel(view), () => {});
  return true;
};
const search = new Part(() => import("./search.js"), panes, keymap.of([{ key: "Mod-f", run: openSearch }]));
const meaning = new Part(() => import("./meaning.js"), panes);
const beside = new Part(() => import("./align.js"), panes);

/** What is told of what happens to the panes, once they are kept in step. */
let step = null;
const keepInStep = ({ align }) => panes.length === 2 && (step ??= align(panes.map((pane) => pane.view)));

/** Loads what the first view does without. */
export async function loadParts() {
  // Where one can't be had, the others still can.
  for (const part of [python, findings, beside, search, meaning]) await part.load().catch(() => {});
}

const editable = new Compartment();
const compared = new Compartment();
let readOnly = false;
const mode = () => editable.of([EditorState.readOnly.of(readOnly)]);

/** Lets the code be read alone, or typed into. */
export function setReadOnly(value) {
  if (value === readOnly) return;
  readOnly = value;
  for (const pane of panes) pane.reconfigure({ effects: editable.reconfigure([EditorState.readOnly.of(value)]) });
}

class Pane {
  #view;
  #states = new Map();
  #scroll = new Map();
  #active = null;
  #extensions;
  #pasted = null;
  #act;
  #ask;
  #note;
  #originals = new Map();
  /** Diagnostics that are to be shown in a moment. */
  #due = new Map();

  /**
   * @param {Element} parent
   * @param {{label: string, description: string, changes: boolean, placeholder: string, note?: string}} options
   * @param {(file: number, changes: {from: number, to: number, insert: string}[] | string) => void} onChange
   *   called with the changes, or with the whole text where `options.changes` is false
   * @param {(file: number, raw: string) => void} onPaste called after the whole text was replaced by a paste
   * @param {(file: number, what: string, value: number) => void} onAct called when something is to be done about a place or
   *   a finding
   * @param {(file: number, offset: number, answer: (meaning: string) => void) => void} onAsk called when
   *   somebody wants to know what a name means
   */
  constructor(parent, options, onChange, onPaste, onAct, onAsk) {
    this.#act = (what, value) => onAct(this.#active, what, value);
    this.#note = options.note;
    this.#ask = (offset) => new Promise((answer) => onAsk(this.#active, offset, (text) => answer(JSON.parse(text))));
    const filter = (raw, state) => {
      const { main } = state.selection;
      if (main.from === 0 && main.to === state.doc.length) this.#pasted = raw;
      return raw.replace(/^\ufeff/, "");
    };
    const listen = EditorView.updateListener.of((update) => {
      this.#states.set(this.#active, update.state);
      if (update.geometryChanged) step?.moved();
      if (!update.docChanged) return;
      step?.changed();
      if (update.transactions.some((transaction) => transaction.annotation(generated))) return;
      if (options.changes) {
        const changes = [];
        update.changes.iterChanges((from, to, _from, _to, text) => {
          changes.push({ from, to, insert: text.toString() });
        });
        onChange(this.#active, changes);
      } else {
        onChange(this.#active, update.state.doc.toString());
      }
      const raw = this.#pasted;
      this.#pasted = null;
      if (raw !== null && update.transactions.some((transaction) => transaction.isUserEvent("input.paste"))) {
        onPaste(this.#active, raw);
      }
    });
    this.#extensions = [
      extensions(options),
      EditorView.clipboardInputFilter.of(filter),
      listen,
    ];
    this.#view = new EditorView({ parent, state: this.#create("") });
    panes.push(this);
    if (panes.length === 2) beside.there.then(keepInStep);
  }

  /** The editor itself. */
  get view() {
    return this.#view;
  }

  /** What holds of everything that it tells of names. */
  get note() {
    return this.#note;
  }

  /** Asks what the name at a place means. */
  get ask() {
    return this.#ask;
  }

  /** Does something about a place or a finding. */
  get act() {
    return this.#act;
  }

  /** Changes all files' states. */
  reconfigure(spec) {
    for (const file of this.#states.keys()) this.#dispatch(file, spec);
  }

  /** The text on show. */
  shown() {
    return this.#view.state.doc.toString();
  }

  #create(doc) {
    return EditorState.create({ doc, extensions: [this.#extensions, findings.in(this), python.in(this), mode(), search.in(this), meaning.in(this), beside.in(this), compared.of([])] });
  }

  /** Changes a file's state, whether it is on show or not. */
  #dispatch(file, ...specs) {
    if (file === this.#active) {
      this.#view.dispatch(...specs);
    } else {
      let state = this.#states.get(file);
      for (const spec of specs) state = state.update(spec).state;
      this.#states.set(file, state);
    }
  }

  /** Shows a file, which has `text` when it is new here. */
  show(file, text) {
    if (file === this.#active) return;
    if (!this.#states.has(file)) this.#states.set(file, this.#create(text));
    const isFirst = this.#active === null;
    if (!isFirst) this.#scroll.set(this.#active, this.#view.scrollSnapshot());
    this.#active = file;
    this.#view.setState(this.#states.get(file));
    // Else it would be where the file before it was scrolled to.
    if (!isFirst) this.#view.dispatch({ effects: this.#scroll.get(file) ?? EditorView.scrollIntoView(0) });
    step?.changed();
  }

  /** Shows a file's text as one with `original`, what is gone above what is new; or alone, when there is none. */
  compare(file, original) {
    if (!this.#states.has(file)) return;
    const put = (view) => this.#dispatch(file, { effects: compared.reconfigure(view) });
    this.#originals.set(file, original);
    if (original === undefined) return put([]);
    import("./compare.js").then(async (compare) => {
      const both = await compare.compared(original, this.text(file));
      // Unless something else was asked for in the meantime.
      if (this.#states.has(file) && this.#originals.get(file) === original) put(both);
    });
  }

  /** Forgets a file, its undo history with it. */
  forget(file) {
    if (file === this.#active) return;
    this.#states.delete(file);
    this.#originals.delete(file);
    this.#scroll.delete(file);
    this.#drop(file);
  }

  /** Shows no diagnostics that are not there yet. */
  #drop(file) {
    clearTimeout(this.#due.get(file));
    this.#due.delete(file);
  }

  /** A file's whole text. */
  text(file) {
    return this.#states.get(file)?.doc.toString() ?? "";
  }

  /** Puts `text` in the place of a file's text. `undoable` keeps what was there in the undo history. */
  setText(file, text, undoable) {
    const state = this.#states.get(file);
    if (!state) return;
    // They belong to the text that was there.
    this.#drop(file);
    const changes = difference(state.doc, text);
    const annotations = [generated.of(true)];
    // A step of its own: one undo brings back exactly what was there.
    annotations.push(undoable ? isolateHistory.of("full") : Transaction.addToHistory.of(false));
    this.#dispatch(file, { changes: changes ?? [], annotations, effects: setBasis.of(null) });
  }

  /** Replaces the whole text as a paste does: the user's own act, undoable. */
  replace(text) {
    const { state } = this.#view;
    this.#view.dispatch({
      changes: { from: 0, to: state.doc.length, insert: text },
      selection: EditorSelection.cursor(0),
      userEvent: "input.replace",
      annotations: isolateHistory.of("full"),
      scrollIntoView: true,
    });
  }

  /**
   * Shows what was found in a file and what changed; without marks, those that are there stay. Places count in the text that the file had when `anchor` was
   * last true, or when its text was last set.
   */
  setReport(file, { marks, diagnostics }, anchor) {
    if (!this.#states.has(file)) return;
    if (anchor) this.#dispatch(file, { effects: setBasis.of(null) });
    if (marks) this.#dispatch(file, { effects: setMarks.of(marks.map(this.#place(file))) });
    // In a task of their own: of a long file there are thousands.
    this.#drop(file);
    const due = setTimeout(async () => {
      const found = await findings.load().catch(() => null);
      if (found && this.#due.get(file) === due) this.#dispatch(file, found.show(this.#states.get(file), diagnostics, this.#place(file), this.#act));
    });
    this.#due.set(file, due);
  }

  /** Where a report's place is in the text of now. */
  #place(file) {
    const state = this.#states.get(file);
    const map = state.field(basis);
    const { length } = state.doc;
    return ({ from, to }) => {
      const start = map ? map.mapPos(Math.min(from, map.length), 1) : Math.min(from, length);
      const end = map ? map.mapPos(Math.min(to, map.length), -1) : Math.min(to, length);
      return { from: start, to: Math.max(start, end) };
    };
  }

  /** Selects a place, which counts as in `setReport`, and scrolls to it. */
  reveal(from, to, focus) {
    const { state } = this.#view;
    const map = state.field(basis);
    const position = (at, side) => (map ? map.mapPos(Math.min(at, map.length), side) : Math.min(at, state.doc.length));
    const start = position(from, 1);
    const end = Math.max(start, position(to, -1));
    // A long range is shown by its first line, and lines from their beginning where that shows the place.
    const line = state.doc.lineAt(start);
    this.#view.scrollDOM.scrollLeft = 0;
    this.#view.dispatch({
      selection: EditorSelection.range(Math.min(end, line.to), start),
      effects: EditorView.scrollIntoView(start, { y: "center", x: "nearest", xMargin: 40 }),
      userEvent: "select",
    });
    if (focus) this.#view.focus();
    step?.lead(this.#view);
  }

  /** Puts the keyboard in the pane. */
  focus() {
    this.#view.focus();
  }
}

export const createPane = (...parts) => new Pane(...parts);
