// The main path in Firefox: node firefox.mjs --dist DIR. Playwright wants a Firefox of its own; this drives an installed one.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";
import { VIEW } from "./fixtures.mjs";
import { argument, serve } from "./harness.mjs";

const dist = argument("dist");
const executablePath = process.env.FIREFOX || ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find((path) => existsSync(path));
if (!dist || !executablePath) {
  console.error("usage: FIREFOX=PROGRAM node firefox.mjs --dist DIR");
  process.exit(2);
}
const server = await serve(dist);
const root = mkdtempSync(join(tmpdir(), "unblocked-"));
copyFileSync(join(dist, "django-unblocked.html"), join(root, "page.html"));
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });

const idle = (page) => page.waitForSelector('.page[data-engine="idle"]', { timeout: 60_000 });
const text = (page, side) =>
  page.evaluate((side) => document.querySelector(`.pane.${side} .cm-content`).cmTile.view.state.doc.toString(), side);

/** Waits until `holds` does in the page. Puppeteer's own waiting makes a function of text there, which the page's policy refuses. */
async function until(page, holds) {
  for (const end = Date.now() + 30_000; !(await page.evaluate(holds)); ) {
    if (Date.now() > end) throw new Error(`this never came to hold: ${holds}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** From code to async code, a decision, an option, a link, and the next visit. */
async function mainPath(page, url) {
  await page.goto(url);
  await idle(page);
  await page.evaluate((code) => {
    const content = document.querySelector(".pane.before .cm-content");
    const { view } = content.cmTile;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: code }, userEvent: "input" });
  }, `${VIEW}# mine\n`);
  await until(page, () => document.querySelector(".pane.after .cm-content").textContent.includes("# mine"));
  await idle(page);
  assert.match(await text(page, "after"), /async def product_detail[^]*await aget_object_or_404/);
  await page.select("#client", "httpx");
  await until(page, () => document.querySelector(".pane.after .cm-content").textContent.includes("import httpx"));
  await idle(page);
  await page.$eval(".finding", (finding) => finding.click());
  await page.waitForSelector(".detail h3");
  await page.click("#open-share");
  await until(page, () => document.querySelector("#link")?.value.includes("#v1="));
  const link = await page.$eval("#link", (input) => input.value);
  await page.keyboard.press("Escape");
  await until(page, () => !document.querySelector("#share"));
  // Longer than the page waits before it saves.
  await new Promise((done) => setTimeout(done, 1500));
  await page.reload();
  await idle(page);
  assert.equal(await text(page, "before"), `${VIEW}# mine\n`);
  await page.goto("about:blank");
  await page.goto(link);
  await idle(page);
  assert.equal(await text(page, "before"), `${VIEW}# mine\n`);
  assert.equal(await page.$eval("#client", (select) => select.value), "httpx");
}

let [passed, failed] = [0, 0];
for (const [name, url] of [
  ["the main path on the site", server.url],
  ["the main path in the one-file page", pathToFileURL(join(root, "page.html")).href],
]) {
  const page = await browser.newPage();
  const problems = [];
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  try {
    await mainPath(page, url);
    assert.deepEqual(problems, []);
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${String(error.stack ?? error).replace(/^/gm, "        ")}${problems.join("\n")}`);
  } finally {
    await page.close();
  }
}
await browser.close();
await server.close();
rmSync(root, { recursive: true });
console.log(`firefox: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
