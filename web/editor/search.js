// Search in a pane, and the other places of what is selected. Loaded behind the first view.

import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { keymap } from "@codemirror/view";

export { openSearchPanel };

const all = [
  highlightSelectionMatches({ minSelectionLength: 2 }),
  search({ top: false }),
  keymap.of(searchKeymap),
];

export const extensions = () => all;
