// What both panes are made of at first: history, keys, marks; and a theme that takes its colors from the page.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  dropCursor,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
  rectangularSelection,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

import { basis, marks } from "./marks.js";

const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--code-size)", backgroundColor: "var(--code-bg)", color: "var(--code-fg)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "var(--code-line)" },
  ".cm-content": { padding: "var(--s2) 0", caretColor: "var(--code-fg)" },
  ".cm-line": { padding: "0 var(--s3) 0 var(--s2)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--code-fg)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--code-bg)", color: "var(--muted)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 var(--s1) 0 var(--s2)", minWidth: "2.5em" },
  ".cm-activeLine": { backgroundColor: "var(--active-line)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--fg)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--match)" },
  ".cm-searchMatch": { backgroundColor: "var(--match)", outline: "1px solid var(--match-line)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--match-line)", color: "var(--code-bg)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--match)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent", textDecoration: "underline" },
  ".cm-specialChar": { color: "var(--manual)" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-panels": { backgroundColor: "var(--bg-raised)", color: "var(--fg)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "var(--s2) var(--s5) var(--s2) var(--s2)", fontSize: "var(--t1)" },
  ".cm-panel.cm-search label": { fontSize: "var(--t1)" },
  ".cm-panel.cm-search [name=close]": { color: "var(--fg)", fontSize: "var(--t3)", right: "var(--s2)" },
  ".cm-textfield": { backgroundColor: "var(--code-bg)", border: "1px solid var(--line-strong)", fontSize: "var(--t1)" },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--bg)",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    color: "var(--fg)",
    fontSize: "var(--t1)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--bg-raised)",
    color: "var(--fg)",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    boxShadow: "var(--shadow)",
    maxWidth: "min(44rem, 90vw)",
  },
  ".cm-gutter-lint": { width: "1em" },
});

/**
 * Typing over a selection. Left to itself, Chromium keeps the replaced text's look by a style attribute, which the
 * page's policy refuses with a message in the console.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { selection } = view.state;
    if (event.inputType !== "insertText" || !event.data || event.isComposing || selection.main.empty) return false;
    event.preventDefault();
    const change = view.state.replaceSelection(event.data);
    view.dispatch(view.state.update(change, { userEvent: "input.type", scrollIntoView: true }));
    return true;
  },
});

/** The extensions of a pane. */
export const extensions = ({ label, description, placeholder: hint, changed }) => [
  EditorView.cspNonce.of("cm6"),
  theme,
  typeOver,
  syntaxHighlighting(classHighlighter),
  EditorState.tabSize.of(4),
  indentUnit.of("    "),
  lineNumbers(),
  history(),
  drawSelection(),
  dropCursor(),
  rectangularSelection(),
  highlightSpecialChars(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  indentOnInput(),
  bracketMatching(),
  placeholder(hint),
  basis,
  marks,
  EditorView.editorAttributes.of({ class: changed }),
  EditorView.contentAttributes.of({
    "aria-label": label,
    "aria-describedby": description,
    tabindex: "0",
    autocapitalize: "off",
    autocorrect: "off",
    spellcheck: "false",
  }),
  keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
];
