// What the first view costs. The figures depend on nothing but the build, so they are tested.

import assert from "node:assert/strict";
import { firstView, total } from "../first-view.mjs";
import { guide } from "../fixtures.mjs";

/** Bytes with brotli: what is promised. Below it is room for what the engine learns. */
const MOST = 600_000;

export default [
  [
    "the first view stays within its budget",
    async ({ server: { dist } }) => {
      const files = firstView(dist);
      const list = files.map(({ name, size }) => `${name}: ${size}`).join("\n");
      assert.ok(total(files) <= MOST, `${total(files)} bytes, where ${MOST} are allowed:\n${list}`);
    },
  ],
  [
    "the first view loads nothing that can wait",
    async (site) => {
      const asked = [];
      site.page.on("request", (request) => asked.push(request.url()));
      await site.open();
      // Its modules are in two parts: see parts.mjs for the second ones.
      assert.deepEqual(asked.filter((address) => /guide|rules|\.html$|\.zip$|embed\.js/.test(address)), []);
      assert.ok(asked.some((address) => /engine-.*\.wasm/.test(address)), asked.join("\n"));
    },
  ],
  [
    "colors, findings and search in the panes come when the engine has been loaded, and are all there",
    async (site) => {
      const parts = /parts\/(python|findings|search|meaning)-/;
      const asked = [];
      site.page.on("request", (request) => asked.push(request.url()));
      let go;
      const gate = new Promise((done) => { go = done; });
      await site.page.route(/\/engine-[0-9a-f]+_bg\.wasm$/, async (route) => { await gate; await route.continue(); });
      await site.page.goto(site.server.url);
      await site.page.waitForSelector(".pane.before .cm-line");
      const edge = () => site.page.$eval(".pane.before .cm-line", (line) => line.getBoundingClientRect().left);
      const before = await edge();
      assert.deepEqual(asked.filter((address) => parts.test(address)), []);
      go();
      await site.settled();
      await site.page.waitForSelector(".pane.before .tok-keyword");
      await site.page.waitForSelector(".pane.before .cm-lintRange");
      // They move nothing.
      assert.equal(await edge(), before);
    },
  ],
  [
    "a first visitor reads the example before anything has loaded",
    async (site) => {
      let go;
      const gate = new Promise((done) => { go = done; });
      await site.page.route(/boot\.js$/, async (route) => { await gate; await route.continue(); });
      await site.page.goto(site.server.url, { waitUntil: "commit" });
      const shown = site.page.locator(".shell-code.after");
      await shown.waitFor();
      const { after, before } = guide.find(({ name }) => name === "function-view");
      assert.equal(await shown.textContent(), after);
      assert.equal(await site.page.locator(".shell-code.before").textContent(), before);
      go();
      await site.settled();
      assert.equal(await shown.count(), 0);
      assert.equal(await site.text("after"), after);
    },
  ],
  [
    "who comes back to own work, or by a link, sees no example while the page loads",
    async (site) => {
      await site.open();
      await site.paste("mine = 1\n");
      await site.page.waitForFunction(() => localStorage.getItem("unblocked.own"));
      // It would have the start-up script.
      await site.page.evaluate(async () => (await navigator.serviceWorker.ready).unregister());
      await site.page.route(/boot\.js$/, () => new Promise(() => {}));
      const hidden = async (address) => {
        await site.page.goto("about:blank");
        await site.page.goto(address, { waitUntil: "commit" });
        await site.page.locator(".shell-code.after").waitFor({ state: "attached" });
        const { own } = await site.page.evaluate(() => ({ ...document.documentElement.dataset }));
        assert.equal(own, "", address);
        // Painted when the style sheet is there.
        await site.page.locator(".shell-code.after").waitFor({ state: "hidden" });
        assert.equal(await site.page.locator(".shell-code.after").count(), 1);
      };
      await hidden(site.server.url);
      await site.page.evaluate(() => localStorage.clear());
      await hidden(`${site.server.url}#v1=x`);
    },
  ],
];
