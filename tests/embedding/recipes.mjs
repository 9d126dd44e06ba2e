// The recipes of docs/embedding.md, each built by its tool and opened in a browser:
// node recipes.mjs --dist DIR --python FILE [--mdbook FILE] [--only WORD]

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { argument, launch, serve } from "../e2e/harness.mjs";
import { fences, report, runAll } from "./tools.mjs";

const [dist, python, mdbook] = ["dist", "python", "mdbook"].map(argument);
if (!dist || !python) {
  console.error("usage: node recipes.mjs --dist DIR --python FILE [--mdbook FILE] [--only WORD]");
  process.exit(2);
}
const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
// VitePress finds its own packages from where the pages are.
mkdirSync(join(here, "build"), { recursive: true });
const root = mkdtempSync(join(here, "build/"));
const site = await serve(dist);
const browser = await launch();

/** A recipe's files as they stand in the documentation, with the site's address in them. */
const recipes = Object.fromEntries(
  Object.entries(fences(readFileSync(new URL("../../docs/embedding.md", import.meta.url), "utf8"))).map(([name, text]) => [name, text.replaceAll("SITE/", site.url)]),
);

/** Writes what a tool is given. */
function write(folder, files) {
  for (const [name, text] of Object.entries(files)) {
    assert.equal(typeof text, "string", name);
    mkdirSync(dirname(join(root, folder, name)), { recursive: true });
    writeFileSync(join(root, folder, name), text);
  }
  return join(root, folder);
}

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml" };

/** Serves what a tool has made, as another site than the page's. */
async function published(folder, use) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    try {
      const path = normalize(join(folder, decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname)));
      assert.ok(path.startsWith(folder));
      const body = await readFile(path);
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    return await use(`http://localhost:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

const element = "django-unblocked";

/** Waits until every element of the page shows code after. */
async function shown(page, count) {
  for (let at = 0; at < count; at++) await page.locator(element).nth(at).scrollIntoViewIfNeeded();
  await page.waitForFunction(
    (count) => {
      const all = [...document.querySelectorAll("django-unblocked")];
      return all.length === count && all.every((one) => one.shadowRoot?.querySelector("iframe.ready"));
    },
    count,
    { timeout: 60_000 },
  );
  const frames = page.frames().filter((frame) => frame.url().startsWith(site.url));
  assert.equal(frames.length, count);
  for (const frame of frames) {
    await frame.locator(".pane.after .cm-content", { hasText: "async def stock(request, pk):" }).waitFor({ timeout: 60_000 });
    assert.match(await frame.locator(".pane.after").textContent(), /aiohttp\.ClientSession/);
  }
  return frames;
}

/**
 * What holds of each published page: the element shows the code after, all of them load one engine, the colors follow
 * when `darken` makes the page dark, and with no scripts the code stays.
 */
async function holds(folder, darken) {
  const [path, count] = ["page.html", 2];
  await published(folder, async (origin) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
    const page = await context.newPage();
    const [problems, engines] = [[], []];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("request", (request) => {
      const url = request.url();
      if (![origin, site.url].some((ours) => url.startsWith(ours)) && !/^(blob|data):/.test(url)) problems.push(`asked ${url}`);
    });
    page.on("requestfinished", async (request) => {
      if (request.url().endsWith(".wasm") && (await request.sizes()).responseBodySize > 100_000) engines.push(request.url());
    });
    try {
      await page.goto(origin + path);
      const frames = await shown(page, count);
      assert.ok(engines.some((url) => /\/engine-/.test(url)), engines.join());
      assert.deepEqual(engines.toSorted(), [...new Set(engines)].toSorted(), "each part of the page's module and of the engine's once");
      const theme = (name) =>
        Promise.all(frames.map((frame) => frame.waitForFunction((name) => document.documentElement.dataset.theme === name, name)));
      await theme("light");
      await darken(page);
      await theme("dark");
      assert.deepEqual(problems, []);
    } finally {
      await context.close();
    }
    const without = await browser.newContext({ javaScriptEnabled: false });
    try {
      const page = await without.newPage();
      await page.goto(origin + path);
      assert.equal(await page.locator("pre", { hasText: "def stock(request, pk):" }).filter({ visible: true }).count(), count);
      assert.deepEqual(page.frames().filter((frame) => frame.url().startsWith(site.url)), []);
    } finally {
      await without.close();
    }
  });
}

/** A page with the recipe's code twice. */
const twice = (text, between) => `${text}${between}${text.replaceAll("stock/", "price/")}`;

const tests = {
  async "plain HTML"() {
    const page = recipes["html/page.html"];
    const [script, ...rest] = page.split("\n\n");
    const second = rest.join("\n\n");
    const folder = write("html", { "page.html": `<!doctype html><html lang="en"><meta charset="utf-8"><title>Docs</title><link rel="icon" href="data:,"><body>${script}${second}${second}` });
    await holds(folder, (page) => page.evaluate(() => { document.body.style.background = "#111"; }));
  },

  async "Sphinx"() {
    const folder = write("sphinx", {
      "conf.py": `project = "Docs"\n${recipes["sphinx/conf.py"]}`,
      "index.rst": "Docs\n====\n\n.. toctree::\n\n   page\n",
      "page.rst": `Page\n====\n\n${twice(recipes["sphinx/page.rst"], "\nMore.\n\n")}`,
    });
    await run(python, ["-m", "sphinx", "-W", "-q", "-b", "html", folder, join(folder, "out")]);
    // Its own theme has no dark form: a style sheet and an attribute, as others have it.
    await holds(join(folder, "out"), async (page) => {
      await page.addStyleTag({ content: "[data-theme=dark], [data-theme=dark] .body { background: #111 }" });
      await page.evaluate(() => { document.body.dataset.theme = "dark"; });
    });
  },

  async "MkDocs"() {
    const folder = write("mkdocs", {
      "mkdocs.yml": `site_name: Docs\nuse_directory_urls: false\ntheme:\n  name: mkdocs\n  highlightjs: false\n${recipes["mkdocs/mkdocs.yml"]}`,
      "docs/index.md": "# Docs\n",
      "docs/page.md": `# Page\n\n${twice(recipes["mkdocs/page.md"], "\nMore.\n\n")}`,
    });
    await run(python, ["-m", "mkdocs", "build", "--strict", "--quiet", "--config-file", join(folder, "mkdocs.yml"), "--site-dir", join(folder, "out")]);
    await holds(join(folder, "out"), (page) => page.evaluate(() => document.documentElement.setAttribute("data-bs-theme", "dark")));
  },

  ...(mdbook && {
    async "mdBook"() {
      const folder = write("mdbook", {
        "book.toml": '[book]\ntitle = "Docs"\n',
        "theme/head.hbs": recipes["mdbook/head.hbs"],
        "src/SUMMARY.md": "# Summary\n\n- [Page](page.md)\n",
        "src/page.md": `# Page\n\n${twice(recipes["mkdocs/page.md"], "\nMore.\n\n")}`,
      });
      await run(mdbook, ["build", folder]);
      await holds(join(folder, "book"), async (page) => {
        await page.click("#mdbook-theme-toggle");
        await page.click("#mdbook-theme-coal");
      });
    },
  }),

  async "VitePress"() {
    const folder = write("vitepress", {
      ".vitepress/config.mjs": recipes["vitepress/config.mjs"],
      "index.md": "# Docs\n\n[The page](./page.md)\n",
      "page.md": `# Page\n\n${twice(recipes["mkdocs/page.md"], "\nMore.\n\n")}\n[Home](./index.md)\n`,
    });
    await run(process.execPath, [join(here, "node_modules/vitepress/bin/vitepress.js"), "build", folder]);
    const out = join(folder, ".vitepress/dist");
    await holds(out, (page) => page.locator(".VPSwitchAppearance").first().click());
    // It goes from page to page without loading one.
    await published(out, async (origin) => {
      const page = await browser.newPage();
      try {
        await page.goto(origin);
        for (let round = 0; round < 2; round++) {
          await page.click(".vp-doc >> text=The page");
          await shown(page, 2);
          await page.click(".vp-doc >> text=Home");
          await page.waitForFunction(() => !document.querySelector("django-unblocked"));
        }
      } finally {
        await page.close();
      }
    });
  },
};

try {
  await runAll(tests);
} finally {
  await browser.close();
  await site.close();
  rmSync(root, { recursive: true, force: true });
}
report("recipes");
