// Browsers, workers and bundlers: the engine lies beside this file.

import { start } from "./api.js";

export { UnblockedError, Workspace, analyze, guide, initSync, migrate, rules } from "./api.js";

export default function init(source) {
  // Written out: bundlers that know assets take the file with them.
  return start(() => source ?? new URL("./engine_bg.wasm", import.meta.url));
}
