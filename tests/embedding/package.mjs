// The engine as an npm package, as its users have it: node package.mjs --archive FILE [--only WORD]

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { guide as examples, realistic, VIEW } from "../e2e/fixtures.mjs";
import { argument, launch, serve } from "../e2e/harness.mjs";
import { fences, limitMemory, report, runAll } from "./tools.mjs";

const archive = argument("archive");
if (!archive) {
  console.error("usage: node package.mjs --archive FILE [--only WORD]");
  process.exit(2);
}
const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "unblocked-package-"));
const installed = join(root, "node_modules/django-unblocked");
const readme = () => fences(readFileSync(join(installed, "README.md"), "utf8"));
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval'">
<pre id="before">${VIEW.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</pre><pre id="after"></pre>`;

const write = (folder, files) => {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
};

let browser = null;

/** Opens the page that lies in a folder, and waits for the code after. Nobody but its server is asked, and nothing is amiss. */
async function shows(folder, check = /async def product_detail/) {
  const server = await serve(folder);
  browser ??= await launch();
  const page = await browser.newPage();
  const problems = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => request.url().startsWith(server.url) || problems.push(`asked ${request.url().slice(0, 80)}`));
  try {
    await page.goto(`${server.url}index.html`);
    await page.waitForFunction(() => document.querySelector("#after").textContent, null, { timeout: 20_000 }).catch(() => {});
    assert.deepEqual(problems, []);
    assert.match(await page.textContent("#after"), check);
  } finally {
    await page.close();
    await server.close();
  }
}

/** Type-checks `files`, with these libraries alone. */
async function check(folder, files, lib) {
  write(folder, {
    ...files,
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        strict: true, noEmit: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noUncheckedSideEffectImports: true,
        target: "es2022", module: "nodenext", lib, types: [],
      },
      files: Object.keys(files),
    }),
  });
  await run(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), "-p", folder]).catch(({ stdout, stderr }) => {
    throw new Error(`${stdout}${stderr}`);
  });
}

const SAMPLE = `
import init, { UnblockedError, Workspace, analyze, guide, initSync, migrate, rules } from "django-unblocked";
import type { Analysis, ErrorCode, Finding, Guide, Options, Report, Source } from "django-unblocked";
import engine from "django-unblocked/engine.wasm";

const options: Options = { targetVersion: "5.2", httpClient: "httpx", decisions: [{ choice: "reject", rule: "http/aiohttp" }] };
const source: Source = { "shop/views.py": "" } as const;
export async function all(): Promise<string> {
  await init();
  await init(engine);
  await init("engine.wasm");
  initSync(new Uint8Array());
  const report: Report = migrate("x = 1", options);
  const analysis: Analysis = analyze(source);
  const findings: Finding[] = analysis.files.flatMap((file) => file.findings);
  const { steps }: Guide = guide(source, options, { engine: "postgre-sql", latencies: { http: 300 } });
  for (const block of steps.flatMap((step) => step.blocks)) {
    if (block.kind === "table") block.of.rows.map((row) => row.join(" | "));
    if (block.kind === "rule") block.of.places[0]?.range.start.toFixed();
  }
  const workspace = new Workspace(source);
  const fits: boolean = workspace.editFile("shop/views.py", 0, 0, "# ");
  workspace.free();
  try {
    migrate("");
  } catch (error) {
    if (error instanceof UnblockedError) {
      const code: ErrorCode = error.code;
      return code;
    }
  }
  // @ts-expect-error there is no such version
  migrate("", { targetVersion: "3.2" });
  // @ts-expect-error there is no such option
  migrate("", { client: "httpx" });
  // @ts-expect-error code is text
  analyze(7);
  // @ts-expect-error an analysis has no text after
  analysis.files[0]?.after;
  // @ts-expect-error errors are not made by others
  new UnblockedError();
  return rules().map(({ name }) => name).join() + findings.length + fits + report.files[0]?.after;
}
`;

/** Every file of the realistic projects, and each of the guide's examples. */
const sources = [
  ...realistic.map(({ files }) => Object.fromEntries(files.map(({ path, before }) => [path, before]))),
  ...examples.map(({ before }) => before),
  "def broken(:\n",
];

const api = () => import(pathToFileURL(join(installed, "node.js")));

const tests = {
  async "the examples of its documentation run in Node"() {
    const project = join(root, "project");
    const { "node.mjs": one, "project.mjs": several } = readme();
    write(root, { "node.mjs": one });
    const { stdout } = await run(process.execPath, ["node.mjs"], { cwd: root });
    assert.match(stdout, /"requests\.get/);
    assert.match(stdout, /async def stock\(request, pk\):\n(.*\n)*.*httpx\.AsyncClient/);
    assert.match(stdout, /true\n$/);
    write(join(project, "shop"), {
      "models.py": "from django.db import models\n\n\nclass Product(models.Model):\n    name = models.TextField()\n",
      "views.py": "from django.http import JsonResponse\nfrom .models import Product\n\n\ndef names(request):\n    return JsonResponse([one.name for one in Product.objects.all()], safe=False)\n",
    });
    write(project, { "project.mjs": several });
    const { stdout: told } = await run(process.execPath, ["project.mjs"], { cwd: project });
    assert.match(told, /^shop\/views\.py \[ 'orm\/[\s\S]*\]\ntrue\ntrue invalid-options\n$/);
  },

  async "its types hold in strict TypeScript, with and without a browser's"() {
    for (const lib of [["es2022"], ["es2022", "dom"]]) {
      const module = lib.length > 1 ? "\nawait init(new URL('x', 'http://h')), await init(fetch('x')), initSync(new WebAssembly.Module(new Uint8Array()));\n" : "";
      await check(join(root, "types"), { "sample.mts": SAMPLE + module }, lib);
    }
  },

  async "its types are those of what it answers"() {
    const { default: init, analyze, guide, migrate, rules } = await api();
    await init();
    const values = { RuleInfo: rules() };
    values.Report = sources.map((source) => migrate(source, { decisions: [{ choice: "reject", rule: "http/aiohttp" }, { choice: "leave", function: "none" }] }));
    values.Analysis = sources.map((source) => analyze(source));
    values.Guide = sources.flatMap((source) => [guide(source), guide(source, {}, { engine: "oracle", server: "uwsgi", traffic: 5 })]);
    assert.ok(values.Report.some(({ stale, timelines }) => stale.length && timelines.length));
    for (const [type, list] of Object.entries(values)) {
      // As literals, in which TypeScript lets nothing pass that the type does not name.
      const lines = list.map((value, at) => `export const v${at}: ${type} = ${JSON.stringify(value)};`);
      await check(join(root, "values"), { "values.mts": [`import type { ${type} } from "django-unblocked";`, ...lines].join("\n") }, ["es2022"]);
    }
  },

  async "no code makes it throw, and what is no code has an error that says so"() {
    const { default: init, UnblockedError, Workspace, analyze, guide, initSync, migrate, rules } = await api();
    await init();
    initSync(new Uint8Array());
    const pieces = ["def ", "async ", "await ", "(", ")", ":", "\n", "    ", "\t", "\ud800", "\udfff", "\u202e", "\0", "'''", "{{ x }}", "<script>", "lambda", "📦", "\ufeff", "\r", "\\", "f'{", "@", "class A(View):\n", "Product.objects.get(", "yield "];
    // The same every time.
    let seed = 7;
    const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
    const hostile = Array.from({ length: 300 }, () => Array.from({ length: 1 + random(60) }, () => pieces[random(pieces.length)]).join(""));
    hostile.push("", "\ud800", "x = '\ud83d'", "a".repeat(1e6), `x = "${"<script>".repeat(125_000)}"`, "(".repeat(20_000), "def f():\n".repeat(2_000), "-".repeat(50_000) + "1", "[".repeat(3_000) + "]".repeat(3_000));
    for (const text of hostile) {
      const { after, findings } = migrate(text).files[0];
      assert.ok(after.isWellFormed?.() ?? true);
      for (const { before } of findings) assert.ok(before.start <= before.end && before.end <= text.length);
      assert.equal(analyze({ "../../etc/passwd\0": text }).files.length, 1);
    }
    assert.equal(guide({ __proto__: null, "settings.py": hostile[0], constructor: hostile[1] }).steps.length, 8);
    const code = (work) => {
      try {
        work();
      } catch (error) {
        assert.ok(error instanceof UnblockedError && error instanceof Error, String(error));
        assert.ok(error.message);
        return error.code;
      }
      return null;
    };
    for (const wrong of [null, undefined, 7, Symbol("x"), () => "", { "a.py": null }, ["a.py", 7], 1n, true]) {
      assert.equal(code(() => migrate(wrong)), "invalid-source", String(wrong));
    }
    for (const wrong of [7, "5.2", { targetVersion: 5.2 }, { targetVersion: "3.2" }, { htttpClient: "httpx" }, { views: [null] }, { decisions: "x" }, { world: {} }]) {
      assert.equal(code(() => migrate("", wrong)), "invalid-options", JSON.stringify(wrong));
    }
    assert.equal(code(() => guide("", {}, { server: "nginx" })), "invalid-options");
    assert.equal(code(() => migrate("", { httpClient: undefined })), null);
    const workspace = new Workspace("x = '📦'\n");
    for (const [from, to] of [[0, 99], [-1, 0], [1.5, 2], [NaN, 1], [6, 7], [3, 1], [2 ** 32, 2 ** 32], ["0", "1"]]) {
      assert.equal(workspace.editFile("views.py", from, to, "y"), false, `${from}..${to}`);
    }
    assert.equal(workspace.editFile("other.py", 0, 0, "y"), false);
    assert.equal(workspace.migrate().files[0].after, "x = '📦'\n");
    workspace.free();
    workspace.free();
    assert.equal(code(() => workspace.migrate()), "freed");
  },

  async "what runs out of memory is an error, and the next call works"() {
    write(root, {
      "small.mjs": `
        import { readFileSync } from "node:fs";
        import init, { UnblockedError, Workspace, migrate } from "django-unblocked";
        const failed = await init(new Uint8Array([1])).catch((error) => error);
        console.log(failed instanceof UnblockedError, failed.code);
        try { migrate(""); } catch (error) { console.log(error.code); }
        await init(readFileSync("small.wasm"));
        const workspace = new Workspace("x = 1");
        try { migrate("def f(request):\\n    return Product.objects.get(pk=1)\\n".repeat(20_000)); } catch (error) { console.log(error.code); }
        try { workspace.migrate(); } catch (error) { console.log(error.code); }
        workspace.free();
        console.log(migrate("x = 1").files[0].after);
      `,
      "small.wasm": limitMemory(readFileSync(join(installed, "engine_bg.wasm")), 16),
    });
    const { stdout } = await run(process.execPath, ["small.mjs"], { cwd: root });
    assert.deepEqual(stdout.trim().split("\n"), ["true not-loaded", "not-started", "engine-failed", "workspace-lost", "x = 1"]);
  },

  async "a page that Vite has built shows the code after"() {
    const { build } = await import("vite");
    const app = join(root, "vite");
    const page = readme()["page.js"].replace(/import engine .*\n/, "").replace("init(engine)", "init()");
    write(app, { "index.html": `${PAGE}<script type="module" src="./page.js"></script>`, "page.js": page });
    await build({ root: app, base: "./", logLevel: "warn", build: { target: "es2022" } });
    await shows(join(app, "dist"));
  },

  async "a module worker that Vite has built answers the page"() {
    const { build } = await import("vite");
    const app = join(root, "worker");
    const { "client.js": client, "worker.js": worker } = readme();
    write(app, { "index.html": `${PAGE}<script type="module" src="./client.js"></script>`, "client.js": client, "worker.js": worker });
    await build({ root: app, base: "./", logLevel: "warn", worker: { format: "es" } });
    await shows(join(app, "dist"));
  },

  async "esbuild takes the engine along as a file, and into a single one"() {
    for (const loader of ["file", "binary"]) {
      const app = join(root, `esbuild-${loader}`);
      write(app, { "page.js": readme()["page.js"], "index.html": `${PAGE}<script type="module" src="out.js"></script>` });
      await esbuild.build({ entryPoints: [join(app, "page.js")], outfile: join(app, "out.js"), bundle: true, minify: true, format: "esm", loader: { ".wasm": loader }, logLevel: "error" });
      await shows(app);
    }
  },

  async "a page and its worker use it as it is, with no bundler"() {
    const app = join(root, "plain");
    const { "client.js": client, "worker.js": worker } = readme();
    const own = (text) => text.replace('"django-unblocked"', '"./django-unblocked/index.js"');
    write(app, { "client.js": client, "worker.js": own(worker), "index.html": `${PAGE}<script type="module" src="client.js"></script>` });
    await run(process.execPath, ["-e", "require('fs').cpSync(process.argv[1], process.argv[2], {recursive: true})", installed, join(app, "django-unblocked")]);
    await shows(app);
  },
};

try {
  writeFileSync(join(root, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", resolve(archive)], { cwd: root, shell: process.platform === "win32" });
  await runAll(tests);
} finally {
  await browser?.close();
  rmSync(root, { recursive: true, force: true });
}
report("package");
