// Modules in two parts: what the first view runs, and the rest, which comes behind it.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const REST = /-rest-[0-9a-f]+_bg\.wasm$/;
const LIST = "from django.views.generic import ListView\n\nfrom shop.models import Product\n\n\nclass Products(ListView):\n    model = Product\n\n    def get_queryset(self):\n        products = super().get_queryset()\n        return products.filter(stock__gt=0)\n";

/** Synchronous requests are what is needed at once, others come behind the first view. */
const isNow = (request) => request.resourceType() === "xhr";

/** A browser says of its own accord that a page waits for a request, and that one fails. */
const forget = (site, pattern) => (site.problems = site.problems.filter((problem) => !pattern.test(problem)));

/** Without the service worker, which has the files for itself. */
const ALONE = { serviceWorkers: "block" };
const NO_WORKER = /Service Worker registration blocked|reading 'waiting'/;

const share = (site) => site.page.click("#open-share");

/** Each look at the clock finds it further on than what the engine does without a word. */
const SLOW = "{ let now = Date.now(); Date.now = () => (now += 200); }\n";

async function firstPartsOnly(site) {
  const asked = [];
  // Only what is wanted at once gets an answer: the view would otherwise wait for it instead of failing here.
  await site.page.route(REST, (route) => {
    asked.push(route.request().resourceType());
    if (isNow(route.request())) route.continue();
  });
  await site.open();
  assert.match(await site.text("after"), /^async def product_detail/m);
  // Later than anything that the page still does by itself.
  await site.page.waitForTimeout(1500);
  assert.ok(!asked.includes("xhr"), asked.join());
  forget(site, NO_WORKER);
}

export default [
  ["the first view needs the first parts only", ALONE, firstPartsOnly],
  [
    "on a slow device too, where it tells how far it has come",
    ALONE,
    async (site) => {
      await site.page.addInitScript(SLOW);
      await site.page.route(/\/worker\.js$/, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: SLOW + (await response.text()) });
      });
      await firstPartsOnly(site);
    },
  ],
  [
    "the rest comes behind the first view",
    async (site) => {
      const come = Promise.all(["page", "engine"].map((name) => site.page.waitForResponse((response) => response.url().includes(`/${name}-rest-`))));
      await site.open();
      const responses = await come;
      assert.ok(responses.every((response) => response.ok() && !isNow(response.request())));
    },
  ],
  [
    "what is wanted before the rest has come loads it at once",
    ALONE,
    async (site) => {
      const now = [];
      await site.page.route(REST, (route) => {
        if (!isNow(route.request())) return;
        now.push(route.request().url());
        route.continue();
      });
      await site.open();
      await site.paste(LIST);
      assert.match(await site.text("after"), /class Products/);
      await share(site);
      await site.page.waitForSelector("dialog[open]");
      for (const name of ["page", "engine"]) assert.ok(now.some((address) => address.includes(`/${name}-rest-`)), now.join());
      forget(site, NO_WORKER);
      forget(site, /Synchronous XMLHttpRequest/);
    },
  ],
  [
    "a rest of the page that can't be had is told of",
    ALONE,
    async (site) => {
      await site.page.route(/page-rest-/, (route) => route.abort());
      await site.open();
      await share(site);
      await site.page.waitForSelector("[role=alert]:has-text('could not be loaded')");
      assert.match(await site.text("before"), /def product_detail/);
      forget(site, NO_WORKER);
      forget(site, /XMLHttpRequest|Failed to load resource|Failed to execute 'send'|NetworkError|load '.*-rest-/);
    },
  ],
  [
    "a rest of the engine that can't be had stops it, and nothing is lost",
    ALONE,
    async (site) => {
      let away = true;
      await site.page.route(/engine-rest-/, (route) => (away ? route.abort() : route.continue()));
      await site.open();
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+a");
      await site.editor("before").evaluate((element, text) => {
        const data = new DataTransfer();
        data.setData("text/plain", text);
        element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      }, LIST);
      await site.page.waitForSelector('.page[data-engine="stopped"]');
      assert.equal(await site.text("before"), LIST);
      away = false;
      await site.paste(`# more\n${LIST}`);
      assert.match(await site.text("after"), /^# more/);
      forget(site, NO_WORKER);
      forget(site, /Failed to load resource|Failed to execute 'send'|NetworkError|-rest-/);
    },
  ],
  [
    "the page in one file has its modules whole",
    async ({ server: { dist } }) => {
      const rests = readdirSync(dist).filter((name) => REST.test(name));
      assert.deepEqual(rests.map((name) => name.split("-")[0]), ["engine", "page"]);
      const worker = readFileSync(join(dist, "service-worker.js"), "utf8");
      for (const name of rests) assert.ok(worker.includes(name), name);
      assert.ok(!readFileSync(join(dist, "django-unblocked.html"), "utf8").includes("-rest-"));
    },
  ],
];
