// Both texts as one, what is gone above what is new. Loaded when it is asked for.

import { unifiedMergeView } from "@codemirror/merge";

export const extensions = (original) => unifiedMergeView({ original, mergeControls: false, gutter: true });
