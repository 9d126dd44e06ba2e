// The page itself: places, colors, sizes, keyboard, and what happens when the engine fails.

import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import { VIEW } from "../fixtures.mjs";

/** The text that is selected in a pane. */
const selection = (site, side) =>
  site.page.evaluate((side) => {
    const { state } = document.querySelector(`.pane.${side} .cm-content`).cmTile.view;
    const { from, to } = state.selection.main;
    return { line: state.doc.lineAt(from).number, text: state.sliceDoc(from, to) };
  }, side);

async function accessible(site, state) {
  const { violations } = await new AxeBuilder({ page: site.page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  assert.deepEqual(found, [], state);
}

/** A worker's own global scope, once there is one other than `known`. */
async function worker(site, known) {
  for (let tries = 0; tries < 300; tries++) {
    const found = site.page.workers().find((worker) => worker !== known);
    if (found) return found;
    await site.page.waitForTimeout(50);
  }
  throw new Error("no worker");
}

const narrow = { viewport: { width: 390, height: 844 } };
const dark = { colorScheme: "dark" };

export default [
  [
    "loads from a folder, with its policy, and asks nobody else",
    async (site) => {
      const asked = [];
      site.page.on("request", (request) => asked.push(request.url()));
      await site.open();
      const policy = await site.page.getAttribute('meta[http-equiv="Content-Security-Policy"]', "content");
      assert.match(policy, /default-src 'none'/);
      assert.doesNotMatch(policy, /unsafe-(inline|eval)'(?<!wasm-unsafe-eval')/);
      assert.ok(asked.length > 3 && asked.every((url) => url.startsWith(site.server.url)));
      assert.equal(await site.page.locator("[style]:not(:root, .cm-editor *)").count(), 0);
    },
  ],
  [
    "choosing a finding shows its place in both panes, by mouse and by Enter",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      const finding = site.page.locator(".finding", { hasText: "orm/" }).or(site.page.locator(".finding", { hasText: "shortcut" })).first();
      await finding.click();
      await site.drawn();
      const line = Number((await finding.locator(".place").textContent()).match(/\d+/)[0]);
      assert.equal((await selection(site, "before")).line, line);
      assert.notEqual((await selection(site, "after")).text, "");
      assert.ok(await site.page.locator(".detail h3").isVisible());
      const other = site.page.locator(".finding").last();
      await other.focus();
      await site.page.keyboard.press("Enter");
      await site.drawn();
      const last = Number((await other.locator(".place").textContent()).match(/\d+/)[0]);
      assert.equal((await selection(site, "before")).line, last);
    },
  ],
  [
    "filters hide findings of an applicability and count stays",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      const all = await site.page.locator(".finding").count();
      const counts = await site.page.locator(".filter .count").allTextContents();
      assert.equal(counts.reduce((sum, count) => sum + Number(count), 0), all);
      for (const kind of ["safe", "review", "manual"]) await site.page.click(`.filter.${kind}`);
      await site.drawn();
      assert.equal(await site.page.locator(".finding").count(), 0);
      assert.match(await site.page.textContent(".results .nothing"), /filters hide/);
    },
  ],
  [
    "functions are listed with what was decided and why",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      await site.page.click('.tab:has-text("Functions")');
      const text = await site.page.locator(".function").first().textContent();
      assert.match(text, /product_detail/);
      assert.match(text, /Converted/);
    },
  ],
  [
    "what a rule does is told on demand",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      await site.page.locator(".finding").first().click();
      await site.page.click(".docs button");
      await site.page.waitForSelector(".prose");
      assert.ok((await site.page.textContent(".prose")).length > 40);
    },
  ],
  [
    "a worker that crashes is replaced, and the code is still there",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      const after = await site.text("after");
      const first = await worker(site);
      await first.evaluate(() => setTimeout(() => { throw new Error("crash"); }));
      await worker(site, first);
      await site.page.waitForSelector(".notice:has-text('started again')");
      await site.settled();
      assert.equal(await site.text("before"), VIEW);
      assert.equal(await site.text("after"), after);
      await site.paste(`# more\n${VIEW}`);
      assert.equal(await site.text("after"), `# more\n${after}`);
      // The browser itself reports the crash.
      site.problems = site.problems.filter((problem) => !problem.includes("crash"));
    },
  ],
  [
    "a worker that hangs is replaced",
    async (site) => {
      await site.open();
      const first = await worker(site);
      first.evaluate(() => { for (;;); }).catch(() => {});
      await site.page.waitForTimeout(200);
      await site.editor("before").focus();
      await site.page.keyboard.type("# hang\n");
      await site.page.waitForSelector(".notice:has-text('took too long')", { timeout: 40_000 });
      await site.settled();
      assert.match(await site.text("after"), /# hang/);
    },
  ],
  [
    "a chosen theme is remembered",
    async (site) => {
      await site.open();
      const background = () => site.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await background();
      await site.page.selectOption("#theme", "dark");
      await site.drawn();
      const chosen = await background();
      assert.notEqual(chosen, light);
      await site.page.reload();
      await site.settled();
      assert.equal(await background(), chosen);
      assert.equal(await site.page.inputValue("#theme"), "dark");
    },
  ],
  [
    "a dark system has a dark page",
    dark,
    async (site) => {
      await site.open();
      const background = await site.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.ok(background.match(/\d+/g).slice(0, 3).every((part) => Number(part) < 60), background);
    },
  ],
  [
    "a phone shows one part at a time, without scrolling sideways",
    narrow,
    async (site) => {
      await site.open();
      const visible = async () => {
        const parts = await site.page.$$eval(".pane, .results", (all) =>
          all.filter((part) => part.offsetParent).map((part) => part.className),
        );
        return parts.join(",");
      };
      assert.equal(await visible(), "pane after");
      await site.page.click('.views button:has-text("Before")');
      await site.drawn();
      assert.equal(await visible(), "pane before");
      await site.page.click('.views button:has-text("Findings")');
      await site.drawn();
      assert.equal(await visible(), "results");
      assert.ok(await site.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    },
  ],
  [
    "at 200 % zoom nothing is cut off sideways",
    { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
    async (site) => {
      await site.open();
      assert.ok(await site.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      await site.page.locator("#copy").scrollIntoViewIfNeeded();
      assert.ok(await site.page.locator("#copy").isVisible());
    },
  ],
  [
    "everything can be done by keyboard",
    async (site) => {
      await site.open();
      await site.page.keyboard.press("Tab");
      assert.equal(await site.page.evaluate(() => document.activeElement.className), "skip");
      await site.page.keyboard.press("Enter");
      await site.drawn();
      assert.equal(await site.page.evaluate(() => document.activeElement.id), "main");
      const inside = (selector) => site.page.evaluate((selector) => !!document.activeElement.closest(selector), selector);
      for (let presses = 0; presses < 4 && !(await inside(".pane.before .editor")); presses++) {
        await site.page.keyboard.press("Tab");
      }
      assert.ok(await inside(".pane.before .editor"));
      // Tab belongs to the code; after Escape it leaves it.
      await site.page.keyboard.press("Tab");
      assert.ok(await inside(".pane.before .editor"));
      await site.page.keyboard.press("Escape");
      await site.page.keyboard.press("Tab");
      assert.ok(!(await inside(".pane.before .editor")));
      for (let presses = 0; presses < 30 && !(await inside(".finding")); presses++) {
        await site.page.keyboard.press("Escape");
        await site.page.keyboard.press("Tab");
      }
      assert.ok(await inside(".finding"));
      await site.page.keyboard.press("Enter");
      await site.drawn();
      assert.ok(await site.page.locator(".detail h3").isVisible());
    },
  ],
  [
    "results are announced",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      const text = await site.page.locator('p.sr[role="status"]').textContent();
      assert.match(text, /views\.py: \d+ edits?, \d+ findings?\./);
    },
  ],
  ...[
    ["light", {}],
    ["dark", dark],
  ].map(([name, options]) => [
    `nothing that axe finds, ${name}`,
    options,
    async (site) => {
      await site.open();
      await accessible(site, "first view");
      const finding = site.page.locator(".finding").first();
      if (await finding.count()) {
        await finding.click();
        await site.drawn();
        if (await site.page.locator(".docs button").count()) await site.page.click(".docs button");
        await site.drawn();
        await accessible(site, "a finding's explanation");
      }
      await site.page.click('.tab:has-text("Functions")');
      await site.drawn();
      await accessible(site, "functions");
      await site.editor("after").focus();
      await site.page.keyboard.type("x");
      await site.page.waitForSelector(".banner");
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+f");
      await site.page.waitForSelector(".cm-search");
      await accessible(site, "edited, with search");
      await site.page.keyboard.press("Escape");
      await site.paste("");
      await accessible(site, "empty");
      await site.example("Shop: catalogue, cart and checkout");
      await site.page.click('.tab:has-text("Changes")');
      await site.page.setViewportSize({ width: 390, height: 844 });
      await site.page.click('.views button:has-text("Findings")');
      await site.drawn();
      await accessible(site, "a project on a phone");
    },
  ]),
];
