// Work that stays: from visit to visit, and as snapshots; and what the keyboard finds.

import assert from "node:assert/strict";
import { VIEW } from "../fixtures.mjs";

/** Waits until the saved work has `text` in it. */
async function saved(site, text) {
  for (let tries = 0; tries < 200; tries++) {
    const work = await site.page.evaluate(
      () =>
        new Promise((resolve) => {
          const request = indexedDB.open("unblocked");
          request.onsuccess = () => {
            const get = request.result.transaction("work").objectStore("work").get("now");
            get.onsuccess = () => {
              request.result.close();
              resolve(get.result ?? "");
            };
          };
        }),
    );
    if (work.includes(text)) return;
    await site.page.waitForTimeout(50);
  }
  throw new Error(`not saved: ${text}`);
}

/** Holds of the one-file page too. */
export const inBundle = true;

export default [
  [
    "work is there again on the next visit: code, files, options, edits",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      await site.choose("client", "httpx");
      await site.page.click('.files button:has-text("Add file")');
      await site.paste("later = 1\n");
      await site.editor("after").focus();
      await site.page.keyboard.press("ControlOrMeta+End");
      await site.page.keyboard.type("# kept");
      await saved(site, "# kept");
      await site.page.reload();
      await site.settled();
      assert.equal(await site.text("before"), "later = 1\n");
      assert.equal(await site.text("after"), "later = 1\n# kept");
      assert.equal(await site.page.inputValue("#client"), "httpx");
      assert.equal(await site.page.locator(".file").count(), 2);
      await site.page.locator(".file .name").first().click();
      await site.drawn();
      assert.equal(await site.text("before"), VIEW);
    },
  ],
  [
    "what an example replaces is a snapshot, and comes back",
    async (site) => {
      await site.open();
      await site.paste("mine = 1\n");
      await site.example("Middleware");
      await site.page.click("#open-history");
      await site.page.click('#history button[aria-label^="Open Before other work"]');
      await site.page.waitForSelector("#history", { state: "detached" });
      await site.settled();
      assert.equal(await site.text("before"), "mine = 1\n");
      await site.page.click("#open-history");
      await site.page.click("#keep");
      await site.page.waitForSelector('#history button[aria-label^="Open Snapshot"]');
      const count = await site.page.locator("#history li").count();
      await site.page.locator('#history li button:has-text("Delete")').first().click();
      await site.page.waitForFunction((count) => document.querySelectorAll("#history li").length === count, count - 1);
    },
  ],
  [
    "a snapshot has a name, which can be changed, and opens by it",
    async (site) => {
      await site.open();
      await site.paste("mine = 1\n");
      await site.page.click("#open-history");
      await site.page.fill("#snapshot-name", "Before the <b>big</b> change");
      await site.page.keyboard.press("Enter");
      const title = site.page.locator("#history .snapshot-title").first();
      await site.page.waitForFunction(() => document.querySelector("#history .snapshot-title")?.value === "Before the <b>big</b> change");
      assert.equal(await site.page.inputValue("#snapshot-name"), "");
      await title.fill("Another name");
      await title.press("Tab");
      await site.page.waitForSelector('#history button[aria-label^="Open Another name"]');
      await site.page.keyboard.press("Escape");
      await site.page.waitForSelector("#history", { state: "detached" });
      await site.paste("other = 2\n");
      await site.page.reload();
      await site.settled();
      await site.page.click("#open-history");
      await site.page.click('#history button[aria-label^="Open Another name"]');
      await site.page.waitForSelector("#history", { state: "detached" });
      await site.settled();
      assert.equal(await site.text("before"), "mine = 1\n");
    },
  ],
  [
    "a browser that keeps nothing says so, once",
    async (site) => {
      await site.page.addInitScript(() => {
        Object.defineProperty(window, "indexedDB", {
          value: { open: () => { throw new DOMException("no", "SecurityError"); } },
        });
      });
      await site.open();
      await site.paste("mine = 1\n");
      await site.page.waitForSelector(".notice:has-text('does not keep your work')");
      await site.page.click('.notice button:has-text("Dismiss")');
      await site.paste("mine = 2\n");
      await site.page.waitForTimeout(900);
      assert.equal(await site.page.locator(".notice").count(), 0);
    },
  ],
  [
    "work of another tab is not lost",
    async (site) => {
      await site.open();
      const other = await site.page.context().newPage();
      await other.goto(site.server.url);
      await other.waitForSelector('.page[data-engine="idle"]');
      await site.paste("one = 1\n");
      await saved(site, "one = 1");
      await other.locator(".pane.before .cm-content").focus();
      await other.keyboard.press("ControlOrMeta+a");
      await other.keyboard.type("two = 2");
      await saved(site, "two = 2");
      await site.page.click("#open-history");
      await site.page.waitForSelector('#history button[aria-label*="another tab"]');
    },
  ],
  [
    "commands are found by words and run by keyboard",
    async (site) => {
      await site.open();
      await site.example("Shop: catalogue, cart and checkout");
      await site.page.keyboard.press("ControlOrMeta+k");
      await site.page.waitForSelector("#commands");
      await site.page.keyboard.type("go models");
      await site.page.keyboard.press("Enter");
      await site.page.waitForSelector('.file.active:has-text("shop/models.py")');
      await site.page.locator(".brand").click();
      await site.page.keyboard.press("?");
      await site.page.waitForSelector("#keys:has-text('Escape')");
      await site.page.keyboard.press("Escape");
      await site.page.waitForSelector("#keys", { state: "detached" });
      // In the code a question mark is a question mark.
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+Home");
      await site.page.keyboard.type("?");
      assert.ok((await site.text("before")).startsWith("?"));
      await site.page.keyboard.press("F6");
      assert.ok(await site.page.evaluate(() => !!document.activeElement.closest(".pane.after")));
    },
  ],
];
