// Tests of the built site in a real browser: node run.mjs --dist DIR [--bundle] [--only WORD] [--file NAME]
//
// With `--bundle` those that hold of the one-file page too, opened from a file.

import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Site, argument, launch, serve } from "./harness.mjs";

const dist = argument("dist");
if (!dist) {
  console.error("usage: node run.mjs --dist DIR [--bundle] [--only WORD] [--file NAME]");
  process.exit(2);
}
const only = argument("only");
const chosen = argument("file");
const folder = new URL("./tests/", import.meta.url);
const bundle = process.argv.includes("--bundle");
const server = await serve(dist);
if (bundle) server.url = pathToFileURL(join(resolve(dist), "django-unblocked.html")).href;
const browser = await launch();
let passed = 0;
let failed = 0;

/** Runs one test in a browser context of its own. */
async function run(name, options, body) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const site = new Site(page, server);
  try {
    await body(site);
    if (site.problems.length) throw new Error(`the page complained:\n${site.problems.join("\n")}`);
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${String(error.stack ?? error).replace(/^/gm, "        ")}`);
  } finally {
    await context.close();
  }
}

try {
  for (const file of readdirSync(folder).filter((file) => file.endsWith(".mjs")).sort()) {
    if (chosen && file !== `${chosen}.mjs`) continue;
    const { default: tests, inBundle = false } = await import(new URL(file, folder));
    if (bundle && !inBundle) continue;
    for (const [name, ...rest] of tests) {
      if (only && !name.includes(only)) continue;
      const body = rest.pop();
      await run(name, rest.pop() ?? {}, body);
    }
  }
} finally {
  await browser.close();
  await server.close();
}
console.log(`${bundle ? "bundle" : "e2e"}: ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
