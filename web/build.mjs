// Bundles what is not Rust: the editor and start-up script, the worker's script and the styles, into web/build/.

import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: {
    boot: at("editor/boot.js"),
    worker: at("editor/worker.js"),
    theme: at("editor/theme.js"),
    page: at("styles/page.css"),
  },
  outdir: at("build"),
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome123", "firefox120", "safari17.5"],
  legalComments: "none",
  logLevel: "warning",
});
