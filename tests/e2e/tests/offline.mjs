// Without a network: the page as one file, the site on a second visit, a new version of it.

import assert from "node:assert/strict";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { VIEW } from "../fixtures.mjs";
import { Site, serve } from "../harness.mjs";

async function folder(body) {
  const root = mkdtempSync(join(tmpdir(), "unblocked-"));
  try {
    return await body(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** A copy of the site, which can change. */
const published = (site, body) =>
  folder(async (root) => {
    cpSync(site.server.dist, root, { recursive: true });
    const server = await serve(root);
    site.server = { ...server, dist: root };
    try {
      await body(root);
    } finally {
      await server.close();
    }
  });

/** Looks for a new version, as the browser does by itself now and then, and waits until the page tells of it. */
async function update(site) {
  await site.page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await site.page.waitForSelector("#take-update");
}

/** Waits until the service worker has taken the page. */
const controlled = (site) => site.page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");

export default [
  [
    "the one-file page works from a file, and asks for nothing",
    { permissions: ["clipboard-read", "clipboard-write"] },
    async (site) => {
      await folder(async (root) => {
        const file = join(root, "django-unblocked.html");
        copyFileSync(join(site.server.dist, "django-unblocked.html"), file);
        const url = pathToFileURL(file).href;
        const asked = [];
        site.page.on("request", (request) => asked.push(request.url()));
        await site.page.context().setOffline(true);
        await site.page.goto(url);
        await site.settled();
        assert.deepEqual(asked.filter((url) => !/^(blob|data):/.test(url)), [url]);
        site.problems = site.problems.filter((problem) => problem !== `asked ${url}`);
        const policy = await site.page.getAttribute('meta[http-equiv="Content-Security-Policy"]', "content");
        assert.match(policy, /default-src 'none'; script-src 'sha256-/);
        assert.doesNotMatch(policy, /unsafe-(inline|eval)'(?<!wasm-unsafe-eval')/);
        await site.paste(VIEW);
        assert.match(await site.text("after"), /async def product_detail/);
        await site.choose("client", "httpx");
        assert.match(await site.text("after"), /httpx/);
        await site.page.locator(".finding").first().click();
        await site.page.click("#more");
        assert.match(await site.page.textContent(".command"), /--http-client httpx/);
        await site.page.keyboard.press("Escape");
        await site.page.keyboard.press("ControlOrMeta+s");
        await site.page.waitForFunction(() => document.querySelector("#link")?.value.includes("#v1="));
        const link = await site.page.inputValue("#link");
        assert.ok(link.startsWith(`${url}#v1=`));
        await site.page.waitForTimeout(700);
        await site.page.reload();
        await site.settled();
        assert.equal(await site.text("before"), VIEW);
        assert.equal(await site.page.inputValue("#client"), "httpx");
        site.problems = site.problems.filter((problem) => problem !== `asked ${url}`);
      });
    },
  ],
  [
    "the page offers itself as one file",
    async (site) => {
      await site.open();
      await site.page.click("#open-share");
      const [download] = await Promise.all([site.page.waitForEvent("download"), site.page.click("#get-bundle")]);
      assert.equal(download.suggestedFilename(), "django-unblocked.html");
      assert.match(readFileSync(await download.path(), "utf8"), /^<!doctype html>/i);
    },
  ],
  [
    "after the first visit the site works without a network, links included",
    async (site) => {
      await site.open();
      await controlled(site);
      await site.paste(VIEW);
      await site.page.click("#open-share");
      await site.page.waitForFunction(() => document.querySelector("#link")?.value.includes("#v1="));
      const link = await site.page.inputValue("#link");
      await site.page.context().setOffline(true);
      await site.page.goto("about:blank");
      await site.page.goto(link);
      await site.settled();
      assert.equal(await site.text("before"), VIEW);
      assert.match(await site.text("after"), /async def product_detail/);
    },
  ],
  [
    "a new version waits until it is wanted, and takes no work away",
    async (site) => {
      await published(site, async (root) => {
        await site.open();
        await controlled(site);
        await site.paste("mine = 1\n");
        const worker = join(root, "service-worker.js");
        writeFileSync(worker, readFileSync(worker, "utf8").replace(/VERSION = "/, "$&new-"));
        await update(site);
        assert.equal(await site.text("before"), "mine = 1\n");
        await Promise.all([site.page.waitForEvent("load"), site.page.click("#take-update")]);
        await site.settled();
        assert.equal(await site.text("before"), "mine = 1\n");
        assert.equal(await site.page.locator("#take-update").count(), 0);
        const caches = await site.page.evaluate(() => caches.keys());
        assert.ok(caches.length === 1 && caches[0].startsWith("unblocked-new-"), String(caches));
      });
    },
  ],
  [
    "another tab goes on with its version, is told of the new one, and loses nothing when it takes it",
    async (site) => {
      await published(site, async (root) => {
        await site.open();
        await controlled(site);
        const other = new Site(await site.page.context().newPage(), site.server);
        await other.open();
        await other.paste("theirs = 1\n");
        // A new version, whose parts have other names; the old ones are gone from the server.
        const part = readdirSync(root).find((name) => /^guide-.*\.js$/.test(name));
        renameSync(join(root, part), join(root, `new-${part}`));
        for (const name of ["index.html", "service-worker.js"]) {
          writeFileSync(join(root, name), readFileSync(join(root, name), "utf8").replaceAll(part, `new-${part}`).replace(/VERSION = "/, "$&new-"));
        }
        await update(site);
        await Promise.all([site.page.waitForEvent("load"), site.page.click("#take-update")]);
        await site.settled();
        await other.page.waitForSelector("#take-update");
        await other.page.getByRole("button", { name: "Guide", exact: true }).click();
        await other.page.waitForSelector("#guide .rail");
        await Promise.all([other.page.waitForEvent("load"), other.page.click("#take-update")]);
        await other.settled();
        assert.equal(await other.text("before"), "theirs = 1\n");
        assert.equal(await other.page.locator("#take-update").count(), 0);
        assert.deepEqual(other.problems, []);
      });
    },
  ],
  [
    "what a browser does not keep is in the address after an update",
    async (site) => {
      await published(site, async (root) => {
        await site.page.addInitScript(() => {
          Object.defineProperty(window, "indexedDB", { value: { open: () => { throw new DOMException("no", "SecurityError"); } } });
        });
        await site.open();
        await controlled(site);
        await site.paste("mine = 1\n");
        await site.page.waitForSelector(".notice:has-text('does not keep your work')");
        const worker = join(root, "service-worker.js");
        writeFileSync(worker, readFileSync(worker, "utf8").replace(/VERSION = "/, "$&new-"));
        await update(site);
        await Promise.all([site.page.waitForEvent("load"), site.page.click("#take-update")]);
        await site.settled();
        assert.equal(await site.text("before"), "mine = 1\n");
      });
    },
  ],
  [
    "the site can be installed",
    async (site) => {
      await site.open();
      const manifest = await site.page.evaluate(async () => {
        const link = document.querySelector('link[rel="manifest"]');
        const manifest = await (await fetch(link.href)).json();
        const icons = await Promise.all(
          manifest.icons.map(async ({ src }) => {
            const image = new Image();
            image.src = src;
            await image.decode();
            return image.naturalWidth;
          }),
        );
        return { ...manifest, icons };
      });
      assert.equal(manifest.name, "Django Unblocked");
      assert.deepEqual(manifest.icons.slice(1), [192, 512]);
    },
  ],
];
