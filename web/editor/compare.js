// Both texts as one, what is gone above what is new. Loaded when it is asked for.

import { unifiedMergeView } from "@codemirror/merge";
import { difference, prepare } from "./difference.js";

/** The view that shows `text` as one with `original`. */
export async function compared(original, text) {
  await prepare(original, text);
  return unifiedMergeView({ original, mergeControls: false, gutter: true, diffConfig: { override: difference } });
}
