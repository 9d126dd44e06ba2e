// Node: the engine is read from the disk.

import { readFile } from "node:fs/promises";
import { start } from "./api.js";

export { UnblockedError, Workspace, analyze, guide, initSync, migrate, rules } from "./api.js";

export default function init(source) {
  return start(() => source ?? readFile(new URL("./engine_bg.wasm", import.meta.url)));
}
