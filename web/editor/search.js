// Search in a pane, and the other places of what is selected. Loaded when the page has been painted.

import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { keymap } from "@codemirror/view";

export { openSearchPanel };

export const extensions = [
  highlightSelectionMatches({ minSelectionLength: 2 }),
  search({ top: false }),
  keymap.of(searchKeymap),
];
