// The page in other pages: as an element, as a frame, and against messages from elsewhere.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { VIEW } from "../fixtures.mjs";

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Shows `body` as a page of another origin, with the embed script in it. */
async function host(site, body, run) {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Docs</title>
    <link rel="icon" href="data:,"><body>${body}<script src="${site.server.url}embed.js" defer></script></body></html>`;
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Another host name: another site.
  const url = `http://localhost:${server.address().port}/`;
  try {
    await site.page.goto(url);
    await run(url);
    site.problems = site.problems.filter((problem) => problem !== `asked ${url}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
  }
}

const ready = (site, count = 1) =>
  site.page.waitForFunction(
    (count) => document.querySelectorAll("django-unblocked").length === count &&
      [...document.querySelectorAll("django-unblocked")].every((element) => element.shadowRoot.querySelector("iframe.ready")),
    count,
    { timeout: 60_000 },
  );

/** What an element says of its code once it has been analysed. */
async function result(site, at, fits) {
  let last;
  for (let tries = 0; tries < 150; tries++) {
    last = await site.page.evaluate((at) => document.querySelectorAll("django-unblocked")[at].result(), at);
    if (fits(last)) return last;
    await site.page.waitForTimeout(100);
  }
  throw new Error(`never fitted: ${JSON.stringify(last)}`);
}

export default [
  [
    "an element around a pre shows its code, migrated for its options, as high as it is",
    async (site) => {
      await host(
        site,
        `<django-unblocked django="4.2" http-client="httpx" view="diff"><pre><code>${escape(VIEW)}</code></pre></django-unblocked>`,
        async () => {
          await ready(site);
          const { before, after } = await result(site, 0, ({ after }) => after.includes("async def"));
          assert.equal(before, VIEW);
          assert.match(after, /httpx/);
          assert.doesNotMatch(after, /aget_object_or_404/);
          const frame = site.page.frames()[1];
          assert.ok(await frame.locator(".pane.before").isVisible());
          assert.ok(!(await frame.locator("#open-share").isVisible()));
          const height = await site.page.evaluate(() => document.querySelector("django-unblocked").shadowRoot.querySelector("iframe").offsetHeight);
          const lines = after.split("\n").length;
          assert.ok(height > lines * 12 && height < lines * 40, `${height} for ${lines} lines`);
          assert.equal(await site.page.locator("django-unblocked pre").isVisible(), false);
        },
      );
    },
  ],
  [
    "without scripts, or before it is wanted, the static code stays",
    async (site) => {
      await host(site, `<django-unblocked loading="click"><pre>${escape(VIEW)}</pre></django-unblocked>`, async () => {
        assert.ok(await site.page.locator("django-unblocked pre").isVisible());
        await site.page.waitForFunction(() => document.querySelector("django-unblocked").shadowRoot?.querySelector("button"));
        assert.equal(site.page.frames().length, 1);
        await site.page.locator("django-unblocked button").click();
        await ready(site);
        await result(site, 0, ({ after }) => after.includes("async def"));
      });
    },
  ],
  [
    "many elements share one download of the engine",
    async (site) => {
      const asked = [];
      site.page.on("requestfinished", async (request) => {
        if (!request.url().endsWith(".wasm")) return;
        const sizes = await request.sizes();
        if (sizes.responseBodySize > 100_000) asked.push(request.url());
      });
      const one = (text) => `<pre>${escape(text)}</pre><django-unblocked></django-unblocked>`;
      await host(site, [1, 2, 3].map((at) => one(VIEW.replace("product_detail", `view_${at}`))).join(""), async () => {
        for (const at of [0, 1, 2]) await site.page.locator("django-unblocked").nth(at).scrollIntoViewIfNeeded();
        await ready(site, 3);
        for (const at of [0, 1, 2]) await result(site, at, ({ after }) => after.includes(`async def view_${at + 1}`));
        // The page's module and the engine's, each part once.
        for (const name of ["page", "engine"]) assert.ok(asked.some((address) => new RegExp(`/${name}-[0-9a-f]+_bg`).test(address)), asked.join("\n"));
        assert.equal(new Set(asked).size, asked.length, asked.join("\n"));
      });
    },
  ],
  [
    "the HTML that the page gives shows the work in another page",
    { permissions: ["clipboard-read", "clipboard-write"] },
    async (site) => {
      await site.open();
      const code = `${VIEW}HTML = "<script>alert('&amp;')</script>"\n`;
      await site.paste(code);
      await site.choose("client", "httpx");
      await site.page.click("#open-share");
      await site.page.selectOption("#embed-view", "diff");
      await site.page.click("#copy-embed");
      await site.page.waitForSelector("#share .dialog-notice:has-text('Copied the HTML')");
      const copied = await site.page.evaluate(() => navigator.clipboard.readText());
      assert.equal(copied.replaceAll("\r", ""), await site.page.inputValue("#embed-code"));
      assert.match(copied, /view="diff" file="views.py" django="[\d.]+" http-client="httpx"/);
      await host(site, copied, async () => {
        await ready(site);
        await result(site, 0, ({ before, after }) => before === code && after.includes("async def"));
      });
    },
  ],
  [
    "several files are shown in another page by their link",
    async (site) => {
      await site.open();
      await site.example("Shop: catalogue, cart and checkout");
      await site.page.click("#open-share");
      await site.page.waitForFunction(() => document.querySelector("#embed-code")?.value.includes("#v1="));
      const text = await site.page.inputValue("#embed-code");
      await host(site, text, async () => {
        const frame = site.page.frameLocator("iframe");
        await frame.locator('.page[data-engine="idle"] .pane.after .cm-content', { hasText: "async def" }).waitFor();
      });
    },
  ],
  [
    "attributes, events and methods follow one another",
    async (site) => {
      await host(site, `<django-unblocked code="x = 1" file="shop/views.py" readonly theme="dark"></django-unblocked>`, async () => {
        await site.page.evaluate(() => {
          window.changes = [];
          addEventListener("unblocked-change", (event) => window.changes.push(event.detail));
        });
        await ready(site);
        await result(site, 0, ({ before }) => before === "x = 1");
        const frame = site.page.frames()[1];
        assert.equal(await frame.evaluate(() => document.documentElement.dataset.theme), "dark");
        assert.equal(await frame.locator(".file .path").textContent(), "shop/views.py");
        await site.page.evaluate((code) => { document.querySelector("django-unblocked").code = code; }, VIEW);
        await result(site, 0, ({ after }) => after.includes("await aget_object_or_404"));
        await site.page.waitForFunction(() => window.changes.some(({ after }) => after.includes("await aget_object_or_404")));
        await site.page.evaluate(() => document.querySelector("django-unblocked").setAttribute("django", "4.2"));
        await result(site, 0, ({ after }) => !after.includes("aget_object_or_404") && after.includes("async def"));
        await site.page.evaluate(() => document.querySelector("django-unblocked").setAttribute("view", "before"));
        await frame.waitForSelector(".pane.after", { state: "hidden" });
        await frame.locator(".pane.before .cm-content").click();
        await site.page.keyboard.type("typed");
        assert.equal((await result(site, 0, () => true)).before, VIEW);
        const link = await site.page.evaluate(() => document.querySelector("django-unblocked").link());
        await site.page.goto(link);
        await site.settled();
        assert.equal(await site.text("before"), VIEW);
        assert.equal(await site.page.inputValue("#version"), "4.2");
      });
    },
  ],
  [
    "the theme follows the page around, live",
    async (site) => {
      await host(site, `<django-unblocked code="x = 1"></django-unblocked>`, async () => {
        await ready(site);
        const frame = site.page.frames()[1];
        const theme = (name) => frame.waitForFunction((name) => document.documentElement.dataset.theme === name, name);
        await theme("light");
        await site.page.evaluate(() => { document.body.style.background = "#111"; });
        await theme("dark");
        await site.page.evaluate(() => { document.body.style.background = "#eee"; });
        await theme("light");
      });
    },
  ],
  [
    "messages that do not come from the page around are not heard, and none is answered to another origin",
    async (site) => {
      await host(site, `<django-unblocked code="x = 1"></django-unblocked>`, async () => {
        await ready(site);
        await result(site, 0, ({ before }) => before === "x = 1");
        const frame = site.page.frames()[1];
        const set = { djangoUnblocked: 1, kind: "set", files: [{ path: "a.py", text: "theirs = 1" }] };
        // From the frame's own window, and in another version.
        await frame.evaluate((set) => window.postMessage(set, "*"), set);
        await site.page.evaluate((set) => {
          document.querySelector("django-unblocked").shadowRoot.querySelector("iframe").contentWindow.postMessage({ ...set, djangoUnblocked: 9 }, "*");
          // Something that pretends to be the frame.
          window.postMessage({ djangoUnblocked: 1, kind: "height", height: 9999 }, "*");
        }, set);
        for (const bad of [null, 7, "x", { djangoUnblocked: 1 }, { djangoUnblocked: 1, kind: "set", files: [{}, null], options: { x: {} }, view: {}, step: "<b>" }]) {
          await site.page.evaluate((bad) => {
            document.querySelector("django-unblocked").shadowRoot.querySelector("iframe").contentWindow.postMessage(bad, "*");
          }, bad);
        }
        await site.page.waitForTimeout(500);
        assert.equal((await result(site, 0, () => true)).before, "x = 1");
        const height = await site.page.evaluate(() => document.querySelector("django-unblocked").shadowRoot.querySelector("iframe").offsetHeight);
        assert.ok(height < 2000);
      });
    },
  ],
  [
    "a plain frame shows a link's work, by its address alone",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      await site.page.click("#open-share");
      await site.page.waitForFunction(() => document.querySelector("#link")?.value.includes("#v1="));
      const link = await site.page.inputValue("#link");
      const address = link.replace("#", "index.html?embed=after&theme=dark#");
      await host(site, `<iframe title="Code" src="${address}" width="800" height="400"></iframe>`, async () => {
        const frame = site.page.frames()[1];
        await frame.waitForSelector('.page[data-engine="idle"]', { timeout: 60_000 });
        assert.match(await frame.locator(".pane.after").textContent(), /async def product_detail/);
        assert.ok(!(await frame.locator(".pane.before").isVisible()));
        assert.equal(await frame.evaluate(() => document.documentElement.dataset.theme), "dark");
      });
    },
  ],
  [
    "the guide and the assessment can be embedded",
    async (site) => {
      await host(site, `<django-unblocked view="assessment"><pre>${escape(VIEW)}</pre></django-unblocked>`, async () => {
        await ready(site);
        const frame = site.page.frames()[1];
        await frame.waitForSelector("#guide:has-text('product_detail')");
        assert.ok(!(await frame.locator("#app main").isVisible()));
        await site.page.evaluate(() => document.querySelector("django-unblocked").setAttribute("view", "guide"));
        await frame.waitForSelector("#guide .rail");
      });
    },
  ],
];
