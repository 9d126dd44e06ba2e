// Finishes the site that Trunk has staged: the workers' files, modules in two parts, what makes it work offline, the page as
// one file, the site as a zip.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { zipSync } from "fflate";
import { unreached } from "./reach.mjs";
import { withCode } from "./shell.mjs";
import { LOADER, namesOf, renamed, split } from "./split.mjs";
import { module as asModule, sections } from "./wasm.mjs";

const { TRUNK_PROFILE, TRUNK_STAGING_DIR: stage } = process.env;
const target = JSON.parse(execFileSync("cargo", ["metadata", "--no-deps", "--format-version=1"])).target_directory;
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (name) => readFileSync(join(stage, name));
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Every file of the site, in order. */
const files = () =>
  readdirSync(stage, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(stage.length + 1).replaceAll("\\", "/"))
    .sort();

/** Gives a file a name that changes with its content, in place of that which Trunk has given to some. */
function rename(name) {
  const digest = createHash("sha256").update(read(name)).digest("hex").slice(0, 16);
  const [, stem, end] = /^(.+?)(?:-[0-9a-f]{16})?((?:_bg)?\.\w+)$/.exec(name);
  renameSync(join(stage, name), join(stage, `${stem}-${digest}${end}`));
  return `./${stem}-${digest}${end}`;
}

const names = () => /data-js="(?<js>[^"]+)" data-wasm="(?<wasm>[^"]+)"/.exec(read("index.html").toString()).groups;
const local = (address) => address.replace(/^\.?\//, "");

/** The JavaScript side of a module, which gives it the function that loads its rest. */
function withLoader(glue) {
  const imports = /return \{\s*__proto__: null,\s*"\.\/\w+\.js": import0,/;
  if (!imports.test(glue)) throw new Error("the JavaScript of a module is not as it is expected here");
  return `export const ${LOADER} = { load: null };\n${glue.replace(imports, (found) => `${found} ${LOADER},`)}`;
}

/** A module as the linker has made it. */
function linked(name) {
  const profile = new RegExp(`data-bin="${name}".* data-cargo-profile-release="(\\w+)"`).exec(readFileSync(at("../index.html")))[1];
  return readFileSync(join(target, "wasm32-unknown-unknown", profile, `${name}.wasm`));
}

/** A module and its JavaScript side, with short names between the two. */
function shortened(glue, module) {
  const long = Array.from(namesOf(module)).filter((name) => /^__w(bg|bindgen|asm_bindgen)_/.test(name));
  const names = new Map(long.map((name, index) => [name, `$${index.toString(36)}`]));
  return { glue: glue.replace(/\b__w\w+\b/g, (name) => names.get(name) ?? name), module: renamed(module, names) };
}

/**
 * Devices that a first view is tried on, from fast to slow. On slow ones things come in another order, others have their turn
 * in between, and the page tells how far the engine has come: at no step, at some, at each.
 */
const DEVICES = [0, 40, 200].flatMap((look) => [0, 20, 2500].map((pause) => ({ pause, look })));

/** The functions that a first view on such a device runs, by the name of their module. */
const tried = (modules, device) =>
  new Promise((done, fail) => {
    const trial = new Worker(new URL("./trial.mjs", import.meta.url), { workerData: { modules, ...device } });
    trial.once("message", (ran) => trial.terminate().then(() => done(ran), fail));
    trial.once("error", fail);
  });

/** Leaves of the page's and the engine's modules what a first view runs; the others go into files of their own. */
async function splitModules() {
  const { js, wasm } = names();
  const files = { page: { glue: local(js), module: local(wasm) }, engine: { glue: "engine.js", module: "engine_bg.wasm" } };
  const modules = {};
  for (const [name, { glue, module }] of Object.entries(files)) {
    modules[name] = shortened(read(glue).toString(), read(module));
    writeFileSync(join(stage, glue), modules[name].glue);
  }
  const trials = [];
  for (const device of DEVICES) trials.push(await tried(modules, device));
  for (const [name, { module }] of Object.entries(files)) {
    const ran = Array.from(new Set(trials.flatMap((ran) => ran[name])));
    const { first, rest } = split(modules[name].module, ran, unreached(linked(name), read(module), ran));
    writeFileSync(join(stage, module), first);
    writeFileSync(join(stage, `${name}-rest_bg.wasm`), rest);
  }
  const page = read("index.html").toString().replaceAll(wasm, rename(local(wasm))).replaceAll(js, rename(local(js)));
  writeFileSync(join(stage, "index.html"), page.replace(/ data-wasm="[^"]*"/, (found) => `${found} data-wasm-rest="${rename("page-rest_bg.wasm")}"`));
  return modules.page.module;
}

/** Puts the names of the workers' files on the start-up script's element, and says early that the engine is needed. */
async function nameWorkers() {
  const glues = { page: local(names().js), engine: "engine.js", guide: "guide.js" };
  const release = TRUNK_PROFILE === "release";
  for (const glue of Object.values(glues)) {
    const text = read(glue).toString();
    const { code } = await transform(release && glue !== glues.guide ? withLoader(text) : text, { minify: release, legalComments: "none" });
    writeFileSync(join(stage, glue), code);
  }
  if (release) writeFileSync(join(stage, "guide_bg.wasm"), asModule(sections(read("guide_bg.wasm"))));
  // The rules' documentation comes from the rules themselves.
  const guide = await import(`data:text/javascript;base64,${read("guide.js").toString("base64")}`);
  guide.initSync({ module: read("guide_bg.wasm") });
  writeFileSync(join(stage, "rules.json"), guide.rules());
  const whole = release ? await splitModules() : null;
  const wasm = rename("engine_bg.wasm");
  const attributes = Object.entries({
    "engine-js": rename("engine.js"),
    "engine-wasm": wasm,
    ...(release && { "engine-rest": rename("engine-rest_bg.wasm") }),
    "guide-js": rename("guide.js"),
    "guide-wasm": rename("guide_bg.wasm"),
    rules: rename("rules.json"),
  }).map(([name, value]) => ` data-${name}="${value}"`);
  // What the start-up script imports is asked for together with it.
  const early = Array.from(read("boot.js").toString().matchAll(/(?:from|import)"\.\/(parts\/[\w.-]+)"/g), ([, name]) => `<link rel="modulepreload" href="./${name}">`);
  const page = read("index.html")
    .toString()
    .replace(/ data-wasm="[^"]*"/, (found) => found + attributes.join(""))
    .replace("</head>", `${early.join("")}<link rel="preload" href="${wasm}" as="fetch" type="application/wasm" crossorigin></head>`);
  writeFileSync(join(stage, "index.html"), page);
  return whole;
}

/** The page with everything in it; `module` is the page's own, in one part. */
async function oneFile(module) {
  const page = read("index.html").toString();
  const { js } = names();
  const { guideJs, guideWasm, rules } = /data-guide-js="(?<guideJs>[^"]+)" data-guide-wasm="(?<guideWasm>[^"]+)" data-rules="(?<rules>[^"]+)"/.exec(page).groups;
  const bundled = async (entry, glues) => {
    const { outputFiles } = await build({
      entryPoints: [at(entry)],
      bundle: true,
      minify: true,
      write: false,
      format: "iife",
      target: ["chrome123", "firefox120", "safari17.5"],
      legalComments: "none",
      // Where the module is loaded from by itself; here it never is.
      define: { "import.meta.url": '"about:blank"', "navigator.scheduling": "undefined" },
      alias: Object.fromEntries(Object.entries(glues).map(([name, file]) => [name, join(stage, local(file))])),
      logLevel: "warning",
    });
    return outputFiles[0].text.replaceAll("<!--", "<\\!--");
  };
  const script = await bundled("editor/bundle.js", { glue: js, "guide-glue": guideJs });
  const worker = await bundled("editor/bundle-worker.js", { glue: guideJs });
  const theme = read("theme.js").toString();
  const sheet = /<link rel="stylesheet"[^>]*href="([^"]+)"[^>]*>/.exec(page);
  const style = read(local(sheet[1])).toString();
  const packed = (id, bytes) => `<script type="application/gzip+base64" id="${id}">${gzipSync(bytes, { level: 9 }).toString("base64")}</script>\n`;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)} ${hash(theme)} 'wasm-unsafe-eval'`,
    `style-src ${hash(style)} 'nonce-cm6'`,
    "img-src data:",
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types django-unblocked",
  ].join("; ");
  // As functions: what is put in may have `$` in it.
  const result = page
    .replace(/(http-equiv="Content-Security-Policy" content=")[^"]*/, (_, start) => start + policy)
    .replace(sheet[0], () => `<style>${style}</style>`)
    .replace(/<script src="[^"]*theme\.js"><\/script>/, () => `<script>${theme}</script>`)
    .replace(/<script type="module"[^>]*><\/script>/, "")
    .replace(/\s*<base [^>]*>/, "")
    .replace(/\s*<link rel="(modulepreload|preload|manifest|apple-touch-icon)"[^>]*>/g, "")
    .replace("</body>", () => `${packed("page", module)}${packed("engine", read(local(guideWasm)))}${packed("rules", read(local(rules)))}<script type="text/plain" id="worker">${worker}</script>\n<script>${script}</script>\n</body>`);
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

writeFileSync(join(stage, "index.html"), withCode(read("index.html").toString()));
const whole = await nameWorkers();
if (TRUNK_PROFILE === "release") {
  serviceWorker();
  await oneFile(whole);
  const all = Object.fromEntries(files().map((name) => [name, new Uint8Array(read(name))]));
  writeFileSync(join(stage, "django-unblocked-site.zip"), zipSync(all, { level: 9 }));
} else {
  // While developing, Trunk reloads the page with an inline script over a web socket, which the content security policy of
  // the published page refuses, and shows errors by HTML. Here these are let through; everything else stays as strict.
  const page = read("index.html")
    .toString()
    .replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
    .replace("connect-src 'self'", "connect-src 'self' ws:")
    .replace("; require-trusted-types-for 'script'; trusted-types django-unblocked", "");
  writeFileSync(join(stage, "index.html"), page);
  // No old files are served while developing.
  writeFileSync(join(stage, "service-worker.js"), "self.registration.unregister();\n");
}
