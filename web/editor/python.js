// What the panes know of Python: colors, indentation. Loaded behind the first view.

import { pythonLanguage } from "@codemirror/lang-python";
import { LanguageSupport } from "@codemirror/language";

// Without the completions that `python()` would bring.
const language = new LanguageSupport(pythonLanguage);

export const extensions = () => language;
