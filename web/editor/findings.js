// What was found in a pane's text: underlined, marked in the gutter, told under the pointer. Loaded behind the first view.

import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorView, keymap } from "@codemirror/view";

import { prose } from "./tips.js";

const theme = EditorView.theme({
  ".cm-diagnostic": { padding: "var(--s2) var(--s3)", borderLeftWidth: "3px", fontFamily: "var(--sans)", fontSize: "var(--t1)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--safe)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--review)" },
  ".cm-diagnostic-hint": { borderLeftColor: "var(--muted)" },
  ".cm-diagnosticAction": {
    margin: "var(--s1) var(--s2) 0 0",
    padding: "var(--s1) var(--s2)",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--bg-raised)",
    color: "var(--fg)",
    fontSize: "var(--t1)",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--manual)" },
  ".cm-lintRange": { backgroundImage: "none", textDecoration: "underline 1.5px", textUnderlineOffset: "0.25em" },
  ".cm-lintRange-hint": { textDecorationStyle: "dotted", textDecorationColor: "var(--muted)" },
  ".cm-lintRange-info": { textDecorationStyle: "dotted", textDecorationColor: "var(--safe)" },
  ".cm-lintRange-warning": { textDecorationStyle: "wavy", textDecorationColor: "var(--review)" },
  ".cm-lintRange-error": { textDecorationStyle: "wavy", textDecorationColor: "var(--manual)" },
  ".cm-lintRange-active": { backgroundColor: "var(--match)" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0 0 0 0.25em", display: "flex", alignItems: "center" },
  ".cm-lint-marker": { width: "0.5em", height: "0.5em", borderRadius: "50%" },
  ".cm-lint-marker-hint": { content: "normal", boxShadow: "inset 0 0 0 1px var(--muted)" },
  ".cm-lint-marker-info": { content: "normal", backgroundColor: "var(--safe)" },
  ".cm-lint-marker-warning": { content: "normal", backgroundColor: "var(--review)", borderRadius: "1px" },
  ".cm-lint-marker-error": { content: "normal", backgroundColor: "var(--manual)", borderRadius: "1px", transform: "rotate(45deg)" },
});

const all = [theme, lintGutter(), keymap.of(lintKeymap)];

export const extensions = () => all;

/** What the editor's buttons about a finding say. */
const ACTIONS = { reject: "Reject", accept: "Accept", takeBack: "Take back", explain: "Explain" };

/** A diagnostic's text. */
function renderMessage() {
  const body = document.createElement("div");
  const add = (name, text) => {
    if (!text) return;
    const line = body.appendChild(name === "tip-rule" ? document.createElement("div") : prose(text));
    line.className = name;
    if (name === "tip-rule") line.textContent = text;
  };
  add("tip-rule", this.rule);
  add("tip-message", this.message);
  add("tip-help", this.help);
  return body;
}

/** What shows these findings in a state: `place` gives where one is in its text, `act` does something about one. */
export function show(state, diagnostics, place, act) {
  return setDiagnostics(
    state,
    diagnostics.map((diagnostic) => {
      const { from, to } = place(diagnostic);
      // By its first line: a call over many lines would be a block of underlines.
      const actions = diagnostic.actions.map((what) => ({ name: ACTIONS[what], apply: () => act(what, diagnostic.index) }));
      return { ...diagnostic, from, to: Math.min(to, state.doc.lineAt(from).to), renderMessage, actions };
    }),
  );
}
