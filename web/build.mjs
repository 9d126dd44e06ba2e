// Bundles what is not Rust: the editor and start-up script, the worker's script and the styles, into web/build/. What is not
// needed at first is split off, into web/build/parts/.

import { rmSync } from "node:fs";
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const options = {
  outdir: at("build"),
  chunkNames: "parts/[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome123", "firefox120", "safari17.5"],
  legalComments: "none",
  // Where the editor can ask whether a key waits, it parses for 100 ms at a time; without, it stays within the browser's idle time.
  define: { "navigator.scheduling": "undefined" },
  logLevel: "warning",
};

// Parts have names of their content: those of an earlier build would stay.
rmSync(at("build/parts"), { recursive: true, force: true });
await build({
  ...options,
  entryPoints: { boot: at("editor/boot.js"), theme: at("editor/theme.js"), page: at("styles/page.css") },
  splitting: true,
});
// By itself: it shares next to nothing, and would wait for that.
await build({ ...options, entryPoints: { worker: at("editor/worker.js") } });
