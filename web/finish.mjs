// Finishes the site that Trunk has staged: what makes it work offline, the page as one file, the site as a zip.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { zipSync } from "fflate";

const { TRUNK_PROFILE, TRUNK_STAGING_DIR: stage } = process.env;
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (name) => readFileSync(join(stage, name));
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Every file of the site, in order. */
const files = () =>
  readdirSync(stage, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(stage.length + 1).replaceAll("\\", "/"))
    .sort();

/** The page with everything in it. */
async function oneFile() {
  const page = read("index.html").toString();
  const { js, wasm } = /data-js="(?<js>[^"]+)" data-wasm="(?<wasm>[^"]+)"/.exec(page).groups;
  const local = (address) => join(stage, address.replace(/^\.?\//, ""));
  const bundled = await build({
    entryPoints: [at("editor/bundle.js"), at("editor/bundle-worker.js")],
    outdir: stage,
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome123", "firefox120", "safari17.5"],
    legalComments: "none",
    // Where the module is loaded from by itself; here it never is.
    define: { "import.meta.url": '"about:blank"' },
    alias: { glue: local(js) },
    logLevel: "warning",
  });
  const [script, worker] = bundled.outputFiles.map(({ text }) => text.replaceAll("<!--", "<\\!--"));
  const theme = read("theme.js").toString();
  const sheet = /<link rel="stylesheet"[^>]*href="([^"]+)"[^>]*>/.exec(page);
  const style = readFileSync(local(sheet[1]), "utf8");
  const engine = gzipSync(readFileSync(local(wasm)), { level: 9 }).toString("base64");
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)} ${hash(theme)} 'wasm-unsafe-eval'`,
    `style-src ${hash(style)} 'nonce-cm6'`,
    "img-src data:",
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  // As functions: what is put in may have `$` in it.
  const result = page
    .replace(/(http-equiv="Content-Security-Policy" content=")[^"]*/, (_, start) => start + policy)
    .replace(sheet[0], () => `<style>${style}</style>`)
    .replace(/<script src="[^"]*theme\.js"><\/script>/, () => `<script>${theme}</script>`)
    .replace(/<script type="module"[^>]*><\/script>/, "")
    .replace(/\s*<base [^>]*>/, "")
    .replace(/\s*<link rel="(modulepreload|preload|manifest|apple-touch-icon)"[^>]*>/g, "")
    .replace("</body>", () => `<script type="application/gzip+base64" id="engine">${engine}</script>\n<script type="text/plain" id="worker">${worker}</script>\n<script>${script}</script>\n</body>`);
  const left = /<(?:script|link)[^>]*(?:src|href)="(?!data:)[^"]*"/.exec(result);
  if (left) throw new Error(`the one-file page would still ask for ${left[0]}`);
  writeFileSync(join(stage, "django-unblocked.html"), result);
}

/** The service worker knows the files of its version by name. */
function serviceWorker() {
  const cached = files().filter((name) => name !== "service-worker.js");
  const version = createHash("sha256");
  for (const name of cached) version.update(name).update(read(name));
  const worker = read("service-worker.js")
    .toString()
    .replace('"%VERSION%"', JSON.stringify(version.digest("hex").slice(0, 16)))
    .replace('"%FILES%"', JSON.stringify(cached.filter((name) => name !== "index.html")).slice(1, -1));
  writeFileSync(join(stage, "service-worker.js"), worker);
}

if (TRUNK_PROFILE === "release") {
  serviceWorker();
  await oneFile();
  const all = Object.fromEntries(files().map((name) => [name, new Uint8Array(read(name))]));
  writeFileSync(join(stage, "django-unblocked-site.zip"), zipSync(all, { level: 9 }));
} else {
  // No old files are served while developing.
  writeFileSync(join(stage, "service-worker.js"), "self.registration.unregister();\n");
}
