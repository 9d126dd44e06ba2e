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
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true, defaultViewport: { width: 1280, height: 800 } });

const idle = (page) => page.waitForSelector('.page[data-engine="idle"]', { timeout: 60_000 });
const text = (page, side) =>
  page.evaluate((side) => document.querySelector(`.pane.${side} .cm-content`).cmTile.view.state.doc.toString(), side);

/** Waits until `holds` does in the page. Puppeteer's own waiting makes a function of text there, which the page's policy refuses. */
async function until(page, holds, given) {
  for (const end = Date.now() + 30_000; !(await page.evaluate(holds, given)); ) {
    if (Date.now() > end) throw new Error(`this never came to hold: ${holds} of ${given}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Two waits that need each other, in a helper and its view, and a test of the view. */
const PROJECT = {
  "shop/views.py": `from django.http import JsonResponse

from .models import Order


def load(pk):
    order = Order.objects.get(pk=pk)
    first = Order.objects.filter(customer=order.customer).count()
    return first


def view(request, pk):
    return JsonResponse({"n": load(pk)})
`,
  "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    customer = models.IntegerField()\n",
  "shop/tests.py": `from django.test import TestCase


class Tests(TestCase):
    def test_view(self):
        answer = self.client.get("/orders/1")
        self.assertEqual(answer.status_code, 200)
`,
};

const click = (page, selector, text = "") =>
  page.evaluate(
    ([selector, text]) => {
      const found = Array.from(document.querySelectorAll(selector)).find((it) => it.textContent.includes(text));
      if (!found) throw new Error(`there is no ${selector} with ${text}`);
      found.click();
    },
    [selector, text],
  );

/** Chooses what becomes of a function. */
const becomes = (page, name, choice) =>
  page.evaluate(
    ([name, choice]) => {
      const select = Array.from(document.querySelectorAll(".decide-function label")).find((it) => it.textContent.startsWith(name)).querySelector("select");
      select.value = choice;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    },
    [`What becomes of ${name}`, choice],
  );

/** Whether something is there, or a text is in it, before long. */
const comes = (page, selector, text = "") =>
  until(page, ([selector, text]) => Array.from(document.querySelectorAll(selector)).some((it) => it.textContent.includes(text)), [selector, text]);

/** What is the same in both texts is on the same height, where both show it. */
const beside = (page) =>
  until(page, () => {
    const lines = (side) => {
      const all = Array.from(document.querySelectorAll(`.pane.${side} .cm-line`), (line) => [line.textContent, line.getBoundingClientRect().top]);
      return new Map(all.filter(([text]) => all.filter(([other]) => other === text).length === 1));
    };
    const [before, after] = [lines("before"), lines("after")];
    const apart = Array.from(before, ([text, top]) => (text.trim() && after.has(text) ? Math.abs(after.get(text) - top) : -1)).filter((it) => it >= 0);
    return apart.length > 1 && apart.every((it) => it < 2);
  });

/** A project: its files, what becomes of a function, why waits follow each other, tests, snapshots, both texts in step. */
async function project(page, url) {
  await page.goto(url);
  await idle(page);
  await page.evaluate((files) => {
    const data = new DataTransfer();
    for (const [path, text] of Object.entries(files)) data.items.add(new File([text], path.replace("shop/", ""), { type: "text/plain" }));
    const input = document.querySelector(".pick input");
    input.files = data.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }, PROJECT);
  await comes(page, ".file", "tests.py");
  await click(page, ".file .name", "views.py");
  await idle(page);
  await beside(page);

  await click(page, ".tab", "Functions");
  await comes(page, ".row", "Converted");
  await click(page, ".waits-in-turn summary");
  await comes(page, ".waits-in-turn[open] li", "line");
  await comes(page, ".decide-function label", "What becomes of load");
  await becomes(page, "load", "wrap");
  await until(page, () => document.querySelector(".pane.after .cm-content").textContent.includes("sync_to_async(load)"));
  await becomes(page, "load", "");
  await idle(page);

  await click(page, ".tab", "Files");
  await comes(page, "#project .path", "views.py");
  await click(page, ".file .name", "tests.py");
  await idle(page);
  await click(page, "#convert-tests");
  await until(page, () => document.querySelector(".pane.after .cm-content").textContent.includes("await self.async_client.get"));

  await click(page, "#open-history");
  await page.waitForSelector("#snapshot-name");
  await page.type("#snapshot-name", "Mine");
  await page.keyboard.press("Enter");
  await until(page, () => document.querySelector("#history .snapshot-title")?.value === "Mine");
  await page.keyboard.press("Escape");
  await until(page, () => !document.querySelector("#history"));
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
const oneFile = pathToFileURL(join(root, "page.html")).href;
for (const [name, url, walk] of [
  ["the main path on the site", server.url, mainPath],
  ["the main path in the one-file page", oneFile, mainPath],
  ["a project on the site", server.url, project],
  ["a project in the one-file page", oneFile, project],
]) {
  // Each with work of its own.
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  try {
    await walk(page, url);
    assert.deepEqual(problems, []);
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${String(error.stack ?? error).replace(/^/gm, "        ")}${problems.join("\n")}`);
  } finally {
    await context.close();
  }
}
await browser.close();
await server.close();
rmSync(root, { recursive: true });
console.log(`firefox: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
