// How fast the page is, in figures: node run.mjs --dist DIR [--lighthouse yes]
//
// Beside each figure stands its ratio to the bare editor: a page with the same two CodeMirror panes and nothing else, in the
// same run. It says what is the page's own, on a machine that may be busy.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstView, total } from "../first-view.mjs";
import { argument, launch, serve } from "../harness.mjs";
import { buildPeer, Bare, Own } from "./pages.mjs";
import { loading } from "./loading.mjs";
import { keystrokes, longFile } from "./typing.mjs";

const dist = argument("dist");
if (!dist) {
  console.error("usage: node run.mjs --dist DIR [--lighthouse yes]");
  process.exit(2);
}
const view = firstView(dist);
const kilobytes = (size) => (size / 1000).toFixed(1);
console.log(`first view, with brotli: ${kilobytes(total(view))} kB (${view.map(({ name, size }) => `${name} ${kilobytes(size)}`).join(", ")})`);

const folder = mkdtempSync(join(tmpdir(), "unblocked-bench-"));
await buildPeer(folder);
const [site, peer] = [await serve(dist, { compressed: true }), await serve(folder, { compressed: true })];
const pages = [new Own(site), new Bare(peer)];
const browser = await launch();
try {
  for (const measure of [loading, keystrokes, longFile]) {
    const [own, bare] = [await measure(browser, pages[0]), await measure(browser, pages[1])];
    for (const [name, value] of Object.entries(own)) {
      const other = bare[name];
      const ratio = other ? ` (${(value / other).toFixed(1)} × the bare editor's ${other.toFixed(0)} ms)` : "";
      console.log(`${name}: ${value.toFixed(0)} ms${ratio}`);
    }
  }
} finally {
  await browser.close();
}
try {
  if (argument("lighthouse")) await (await import("./lighthouse.mjs")).lighthouse(site);
} finally {
  await site.close();
  await peer.close();
  rmSync(folder, { recursive: true, force: true });
}
