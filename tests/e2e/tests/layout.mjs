// How the page is laid out: borders that move, both texts as one; and its dialogs, for everybody.

import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import { VIEW } from "../fixtures.mjs";

const width = (site, side) => site.page.evaluate((side) => document.querySelector(`.pane.${side}`).offsetWidth, side);

async function accessible(site, state) {
  const { violations } = await new AxeBuilder({ page: site.page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  assert.deepEqual(found, [], state);
}

export default [
  [
    "borders move by mouse and keyboard, fold a part away, and stay where they were put",
    async (site) => {
      await site.open();
      const before = await width(site, "before");
      const border = await site.page.locator(".split.columns").boundingBox();
      await site.page.mouse.move(border.x + border.width / 2, border.y + border.height / 2);
      await site.page.mouse.down();
      await site.page.mouse.move(border.x - 200, border.y + 50, { steps: 4 });
      await site.page.mouse.up();
      const moved = await width(site, "before");
      assert.ok(Math.abs(before - moved - 200) < 15, `${before} ${moved}`);
      await site.page.locator(".split.columns").focus();
      await site.page.keyboard.press("ArrowRight");
      assert.ok((await width(site, "before")) > moved);
      await site.page.locator(".split.rows").focus();
      await site.page.keyboard.press("Enter");
      const height = () => site.page.evaluate(() => document.querySelector(".results").offsetHeight);
      const folded = await height();
      assert.ok(folded < 70, String(folded));
      const kept = await width(site, "before");
      await site.page.reload();
      await site.settled();
      assert.equal(await width(site, "before"), kept);
      assert.equal(await height(), folded);
      await site.page.locator(".split.rows").focus();
      await site.page.keyboard.press("Enter");
      assert.ok((await height()) > 150);
      assert.equal(await site.page.getAttribute(".split.rows", "aria-valuenow"), "62");
    },
  ],
  [
    "of 10,000 lines no more is drawn than is seen, and both texts as one part at each change",
    async (site) => {
      await site.open();
      const view = (_, at) => `def view_${at}(request):\n    names = []\n    for one in Product.objects.all():\n        names.append(one.name)\n    # in order\n    names.sort()\n    return JsonResponse(names, safe=False)\n\n`;
      const text = `from django.http import JsonResponse\n\n${Array.from({ length: 1_250 }, view).join("")}`;
      await site.paste(text);
      await site.settled(60_000);
      await site.page.click('.tab:has-text("Functions")');
      await site.drawn();
      const rows = site.page.locator(".row .function");
      const count = await rows.count();
      assert.ok(count > 10 && count < 100, `${count} rows`);
      await site.page.click(".list button.more");
      await site.drawn();
      assert.ok((await rows.count()) > count);
      await site.page.click('.tab:has-text("Changes and findings")');
      await site.page.click("#unify");
      await site.page.waitForSelector(".cm-deletedChunk");
      const deleted = await site.page.locator(".cm-deletedChunk").first().textContent();
      assert.ok(deleted.split("\n").length < 10, deleted.slice(0, 200));
      assert.ok((await site.page.locator(".pane.after *").count()) < 4_000);
    },
  ],
  [
    "both texts can be shown as one, which follows what is typed and is remembered",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      const after = await site.text("after");
      await site.page.click("#unify");
      await site.page.waitForSelector(".pane.after .cm-deletedChunk:has-text('import requests')");
      assert.ok(!(await site.page.locator(".pane.before").isVisible()));
      assert.equal(await site.text("after"), after);
      await site.page.reload();
      await site.settled();
      await site.page.waitForSelector(".pane.after .cm-deletedChunk");
      await site.page.click("#unify");
      await site.page.waitForSelector(".cm-deletedChunk", { state: "detached" });
      assert.ok(await site.page.locator(".pane.before").isVisible());
    },
  ],
  ...[
    ["light", {}],
    ["dark", { colorScheme: "dark" }],
  ].map(([name, options]) => [
    `nothing that axe finds in dialogs and both texts as one, ${name}`,
    options,
    async (site) => {
      await site.open();
      const close = async (id) => {
        await site.page.keyboard.press("Escape");
        await site.page.waitForSelector(`#${id}`, { state: "detached" });
      };
      for (const [id, open] of [
        ["share", () => site.page.click("#open-share")],
        ["export", () => site.page.click("#more")],
        ["history", () => site.page.click("#open-history")],
        ["commands", () => site.page.keyboard.press("ControlOrMeta+k")],
        ["keys", async () => {
          await site.page.locator(".brand").click();
          await site.page.keyboard.press("?");
        }],
      ]) {
        await open();
        await site.page.waitForSelector(`#${id}[open]`);
        await site.drawn();
        await accessible(site, id);
        assert.ok(await site.page.evaluate((id) => document.getElementById(id).contains(document.activeElement), id), id);
        await close(id);
      }
      await site.page.click("#unify");
      await site.page.waitForSelector(".cm-deletedChunk");
      await accessible(site, "unified");
      await site.page.goto(`${site.server.url}index.html?embed=diff`);
      await site.settled();
      await accessible(site, "embedded");
    },
  ]),
  ...[
    ["wide", {}],
    ["middle", { viewport: { width: 1100, height: 800 } }],
    ["narrow", { viewport: { width: 390, height: 844 } }],
  ].map(([name, options]) => [
    `a function's name stands beside nothing else's text, however long it is: ${name}`,
    options,
    async (site) => {
      await site.open();
      const long = "a_view_whose_name_is_longer_than_any_column_of_the_list_of_functions_is_wide";
      await site.page.setInputFiles(".pick input >> nth=0", { name: "views.py", mimeType: "text/x-python", buffer: Buffer.from(VIEW.replace(/def \w+/, `def ${long}`)) });
      await site.page.waitForSelector(".notice");
      await site.settled();
      if (name === "narrow") await site.page.locator(".views button", { hasText: "Findings" }).click();
      await site.page.locator(".tab", { hasText: "Functions" }).click();
      const wider = await site.page.$$eval(".function .name", (names) => names.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent));
      assert.deepEqual(wider, []);
      assert.ok((await site.page.textContent(".function .name")).includes(long));
    },
  ]),
  [
    "what a zoomed or narrow page leaves out is among the commands",
    { viewport: { width: 720, height: 450 } },
    async (site) => {
      // The browser's own choice of a folder, as where it has no other.
      await site.page.addInitScript(() => delete window.showDirectoryPicker);
      await site.open();
      assert.ok(await site.page.isVisible("label:has(#open-folder)"));
      await site.page.setViewportSize({ width: 390, height: 844 });
      const run = async (words) => {
        await site.page.keyboard.press("F1");
        await site.page.fill("#command-query", words);
        await site.page.keyboard.press("Enter");
      };
      for (const words of ["open files", "open project folder"]) {
        const [chooser] = await Promise.all([site.page.waitForEvent("filechooser"), run(words)]);
        assert.ok(chooser.isMultiple());
      }
      await run("as one text");
      await site.page.waitForSelector(".pane.after .cm-deletedChunk");
      await run("side by side");
      await site.page.waitForSelector(".pane.after .cm-deletedChunk", { state: "detached" });
      await run("earlier work");
      await site.page.waitForSelector("#history[open]");
    },
  ],
];
