// Work as a link and as a file: nothing of it is lost, whatever is opened.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { deflateRawSync } from "node:zlib";
import { VIEW } from "../fixtures.mjs";

const clipboard = { permissions: ["clipboard-read", "clipboard-write"] };

/** A link as version 1 has always been written. */
const v1 = (work) => `#v1=${deflateRawSync(typeof work === "string" ? work : JSON.stringify(work)).toString("base64url")}`;

/** A link that was copied from the page in the first days of version 1: it must open for ever. */
const OLD = await readFile(new URL("../fixtures/link-v1.txt", import.meta.url), "utf8");

async function link(site) {
  await site.page.click("#open-share");
  await site.page.waitForFunction(() => document.querySelector("#link")?.value.includes("#v"));
  const value = await site.page.inputValue("#link");
  await site.page.keyboard.press("Escape");
  await site.page.waitForSelector("#share", { state: "detached" });
  return value;
}

async function visit(site, url) {
  await site.page.goto("about:blank");
  await site.page.goto(url);
  await site.settled();
  await site.drawn();
}

/** Holds of the one-file page too. */
export const inBundle = true;

export default [
  [
    "a link brings all files, options, decisions and edits back",
    clipboard,
    async (site) => {
      await site.open();
      await site.example("Shop: catalogue, cart and checkout");
      await site.choose("version", "4.2");
      await site.choose("client", "httpx");
      await site.page.locator(".finding:not(.gone)", { has: site.page.locator(".badge.safe, .badge.review") }).first().click();
      const reject = site.page.locator('.decide button:has-text("this change")');
      if (await reject.count()) await reject.first().click();
      await site.drawn();
      await site.settled();
      await site.editor("after").focus();
      await site.page.keyboard.press("ControlOrMeta+Home");
      await site.page.keyboard.type("# mine\n");
      await site.drawn();
      const seen = async () => ({
        before: await site.text("before"),
        after: await site.text("after"),
        tabs: await site.page.locator(".file .path").allTextContents(),
        version: await site.page.inputValue("#version"),
        client: await site.page.inputValue("#client"),
        whole: await site.page.isChecked("#whole"),
        decided: await site.page.locator(".decided").allTextContents(),
      });
      const before = await seen();
      const url = await link(site);
      await site.page.evaluate(() => indexedDB.deleteDatabase("unblocked"));
      await visit(site, url);
      await site.page.waitForSelector(".notice:has-text('Opened the link')");
      assert.deepEqual(await seen(), before);
      assert.match(before.after, /^# mine\n/);
      assert.equal(before.tabs.length, 5);
    },
  ],
  [
    "the shortcut copies the link and says how long it is",
    clipboard,
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      await site.page.keyboard.press("ControlOrMeta+s");
      await site.page.waitForSelector("#share .dialog-notice:has-text('Copied the link')");
      const copied = await site.page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied, await site.page.inputValue("#link"));
      assert.ok(copied.startsWith(`${site.server.url}#v1=`));
      const length = Number((await site.page.textContent("#link-length")).match(/^[\d,]+/)[0].replaceAll(",", ""));
      assert.equal(length, copied.length);
      assert.ok(length < 2000);
    },
  ],
  [
    "work that is too long for chats is offered as a file, which opens again",
    async (site) => {
      await site.open();
      // Text that does not deflate.
      const noise = Array.from({ length: 300 }, (_, at) => `x${at} = "${crypto.randomUUID()}"`).join("\n");
      await site.paste(`${VIEW}\n${noise}\n`);
      const after = await site.text("after");
      await site.page.click("#open-share");
      await site.page.waitForSelector("#link-length.warning:has-text('share the file')");
      const [download] = await Promise.all([site.page.waitForEvent("download"), site.page.click("#download-work")]);
      assert.match(download.suggestedFilename(), /\.unblocked\.json$/);
      const buffer = await readFile(await download.path());
      await site.page.keyboard.press("Escape");
      await site.paste("x = 1\n");
      await site.page.setInputFiles(".pick input", { name: "work.unblocked.json", mimeType: "application/json", buffer });
      await site.page.waitForSelector(".notice:has-text('Opened work.unblocked.json')");
      await site.settled();
      assert.equal(await site.text("after"), after);
      await site.page.click("#undo");
      await site.drawn();
      assert.equal(await site.text("before"), "x = 1\n");
    },
  ],
  [
    "links of the first version still open",
    async (site) => {
      await visit(site, site.server.url + OLD.trim());
      await site.page.waitForSelector(".notice:has-text('Opened the link')");
      assert.equal(await site.text("before"), "from shop.models import Product\n\n\ndef view(request):\n    return Product.objects.get(pk=1)\n");
      assert.deepEqual(await site.page.locator(".file .path").allTextContents(), ["shop/views.py", "shop/models.py"]);
      assert.equal(await site.page.inputValue("#version"), "5.0");
      assert.equal(await site.page.inputValue("#client"), "httpx");
      assert.match(await site.page.textContent(".decided"), /1 decision/);
    },
  ],
  [
    "a damaged, foreign or newer link says so and keeps the work",
    async (site) => {
      await site.open();
      await site.paste("mine = 1\n");
      const good = v1({ djangoUnblocked: 1, files: [{ path: "a.py", text: "theirs = 1\n" }] });
      const cases = [
        [good.slice(0, -9), "damaged"],
        ["#v1=", "damaged"],
        ["#v1=%%%", "damaged"],
        ["#v1=!!!!", "damaged"],
        [v1("no json"), "damaged"],
        [v1({ djangoUnblocked: 1, files: [] }), "damaged"],
        [v1({ djangoUnblocked: 1, files: [{ path: 1, text: {} }] }), "damaged"],
        [v1("[".repeat(100_000)), "damaged"],
        [v1({ djangoUnblocked: 1, files: Array.from({ length: 6000 }, () => ({ path: "a.py", text: "" })) }), "too many"],
        [v1({ djangoUnblocked: 2, files: [{ path: "a.py", text: "" }] }), "newer"],
        ["#v7=abc", "newer"],
      ];
      for (const [hash, word] of cases) {
        await site.page.evaluate((hash) => { location.hash = hash; }, hash);
        await site.page.waitForSelector(`.notice:has-text('${word}')`);
        assert.equal(await site.text("before"), "mine = 1\n", hash.slice(0, 40));
        await site.page.click('.notice button:has-text("Dismiss")');
        await site.page.waitForSelector(".notice", { state: "detached" });
      }
    },
  ],
  [
    "a link that would fill the memory is refused",
    async (site) => {
      await site.open();
      const bomb = v1(`"${"a".repeat(70_000_000)}"`);
      await site.page.evaluate((hash) => { location.hash = hash; }, bomb);
      await site.page.waitForSelector(".notice:has-text('damaged')");
    },
  ],
  [
    "a link with hostile contents is data",
    async (site) => {
      const hostile = {
        djangoUnblocked: 1,
        active: 1e9,
        files: [
          { path: "../../<img src=x onerror=alert(1)>.py", text: "<script>alert(1)</script>\n" },
          { path: "../../<img src=x onerror=alert(1)>.py", text: "{{ 7*7 }}" },
          { path: "__proto__", text: "x\n", after: { base: "x\n", text: "y\n" } },
        ],
        options: {
          targetVersion: "99.1",
          httpClient: { toString: "x" },
          safeOnly: "yes",
          decisions: [{ choice: "reject", rule: "<b>" }, 7, { nothing: true }],
          __proto__: { polluted: true },
          unknown: [1],
        },
        guide: { anything: true },
      };
      await visit(site, site.server.url + v1(hostile));
      await site.page.waitForSelector(".notice:has-text('Opened the link')");
      assert.equal(await site.page.locator("#app img:not(.cm-widgetBuffer), #app script, #app b").count(), 0);
      const paths = await site.page.locator(".file .path").allTextContents();
      assert.equal(new Set(paths).size, 3);
      assert.ok(paths.every((path) => !path.includes("..")), String(paths));
      assert.equal(await site.page.inputValue("#version"), "5.2");
      assert.match(await site.page.textContent(".decided"), /1 decision/);
      assert.equal(await site.page.evaluate(() => ({}).polluted), undefined);
    },
  ],
  [
    "after a change the address no longer holds the link, so that a reload keeps the change",
    async (site) => {
      const url = site.server.url + v1({ djangoUnblocked: 1, files: [{ path: "a.py", text: "theirs = 1\n" }] });
      await visit(site, url);
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+Home");
      await site.page.keyboard.type("# changed\n");
      await site.page.waitForFunction(() => location.hash === "");
      await site.page.waitForTimeout(700);
      await site.page.reload();
      await site.settled();
      assert.equal(await site.text("before"), "# changed\ntheirs = 1\n");
    },
  ],
];
