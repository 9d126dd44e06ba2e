// Writes the dump of each file into a folder, as the native program does: node run.mjs PACKAGE FOLDER FILE…
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [module, folder, ...files] = process.argv.slice(2);
const { dump } = createRequire(import.meta.url)(resolve(module));
for (const [index, file] of files.entries()) {
  // A decoder that keeps the byte order mark.
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  writeFileSync(join(folder, `${index}.txt`), dump(file, text));
}
