// What the page's policy refuses, and that nothing on the page needs it: a tour through everything; then hostile input.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { VIEW } from "../fixtures.mjs";

/** Counts what the policy refuses, in every frame of the page, from its first script on. */
async function watch(page) {
  await page.addInitScript(() => {
    window.refused = [];
    addEventListener("securitypolicyviolation", (event) => window.refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`), true);
  });
}

const refused = (page) => page.evaluate(() => window.refused);

/** Shows a page of another site. */
async function host(site, html, headers, use) {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers }).end(html);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://localhost:${server.address().port}/`;
  try {
    await site.page.goto(url);
    await use();
    site.problems = site.problems.filter((problem) => !problem.startsWith(`asked ${url}`));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Everything that a reader can open or do, once. */
async function tour(site, { isSite }) {
  const { page } = site;
  await site.paste(VIEW);
  await page.locator(".finding").first().click();
  await page.click(".docs button");
  await page.waitForSelector(".prose");
  await page.click(".tab:has-text('Functions')");
  await page.click("#unify");
  await site.drawn();
  await page.click("#unify");
  await site.editor("after").focus();
  await page.keyboard.press("ControlOrMeta+f");
  await page.waitForSelector(".cm-search");
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+End");
  await page.keyboard.type("# own\n");
  await page.waitForSelector("#regenerate");
  for (const [open, dialog] of [["#open-share", "#share"], ["#more", "#export"], ["#open-history", "#history"], ["#open-commands", "#commands"]]) {
    await page.click(open);
    await page.waitForSelector(`${dialog}[open]`);
    await page.keyboard.press("Escape");
  }
  await page.selectOption("#theme", "dark");
  await site.choose("client", "httpx");
  await site.example("Shop: catalogue, cart and checkout");
  await page.click("#undo");
  await page.getByRole("button", { name: "Guide", exact: true }).click();
  await page.waitForSelector("#guide .rail");
  for (const link of await page.locator("#guide .rail a, #guide .rail button").all()) await link.click();
  await page.setInputFiles(".pick input", { name: "urls.py", mimeType: "text/plain", buffer: Buffer.from("urlpatterns = []\n") });
  await site.drawn();
  await site.settled();
  if (isSite) await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.reload();
  await site.settled();
}

/** What a script that got in, or a mistake of our own, would try. Each has to fail. */
const attempts = [
  () => { document.createElement("div").innerHTML = "<img src=x onerror=alert(1)>"; },
  () => document.body.insertAdjacentHTML("beforeend", "<b>x</b>"),
  () => { document.createElement("script").text = "alert(1)"; },
  () => { document.createElement("iframe").srcdoc = "<script>alert(1)</script>"; },
  () => new Worker("data:text/javascript,1"),
  () => new DOMParser().parseFromString("<b>x</b>", "text/html"),
  // Later: what the test itself has run may make functions of text.
  () => new Promise((done, fail) => setTimeout(() => { try { done(eval("1")); } catch (error) { fail(error); } })),
  () => new Promise((done, fail) => setTimeout(() => { try { done(new Function("return 1")()); } catch (error) { fail(error); } })),
  () => window.trustedTypes.createPolicy("other", { createHTML: (text) => text }),
  () => window.trustedTypes.createPolicy("django-unblocked", { createHTML: (text) => text }),
];

async function strict(site) {
  const policy = await site.page.getAttribute('meta[http-equiv="Content-Security-Policy"]', "content");
  assert.match(policy, /require-trusted-types-for 'script'; trusted-types django-unblocked$/);
  for (const attempt of attempts) {
    const error = await site.page.evaluate(attempt).then(() => null, (error) => String(error));
    assert.ok(error, String(attempt));
  }
  site.problems = [];
}

export default [
  [
    "nothing on the site is refused by its policy, which lets no text become HTML or a script",
    async (site) => {
      await watch(site.page);
      await site.open();
      await tour(site, { isSite: true });
      assert.deepEqual(await refused(site.page), []);
      assert.deepEqual(site.problems, []);
      await strict(site);
    },
  ],
  [
    "nothing in the one-file page is refused by its policy, which is as strict",
    async (site) => {
      await watch(site.page);
      const url = pathToFileURL(join(site.server.dist, "django-unblocked.html")).href;
      await site.page.goto(url);
      await site.settled();
      await tour(site, { isSite: false });
      assert.deepEqual(await refused(site.page), []);
      assert.deepEqual(site.problems.filter((problem) => problem !== `asked ${url}`), []);
      await strict(site);
    },
  ],
  [
    "a line of 1 MB is answered, and typing goes on",
    async (site) => {
      await site.open();
      for (const text of [`x = "${"<b>".repeat(333_333)}"\n`, `x = [${"requests.get(u), ".repeat(60_000)}]\n`]) {
        await site.paste(text);
        await site.settled(60_000);
        await site.editor("before").focus();
        await site.page.keyboard.press("ControlOrMeta+Home");
        await site.page.keyboard.type("# on\n");
        await site.drawn();
        await site.settled(60_000);
        assert.equal(await site.text("before"), `# on\n${text}`);
        assert.ok((await site.text("after")).includes("# on\n"));
      }
    },
  ],
  [
    "characters that hide or turn around code are shown as what they are, and template syntax is text",
    async (site) => {
      await site.open();
      const text = 'def view(request):\n    if request.user.is_staff: #\u202e \u2066return\u2069 \u2066\n        return Product.objects.count() # {{ 7*7 }} {% raw %} ${7*7} #{7*7} \u200b\ufeff\n';
      await site.paste(text);
      for (const side of ["before", "after"]) {
        const shown = await site.page.locator(`.pane.${side} .cm-specialChar`).evaluateAll((all) => all.map((one) => one.title));
        assert.ok(shown.length >= 5, `${side}: ${shown}`);
        assert.match(await site.text(side), /\{\{ 7\*7 \}\} \{% raw %\} \$\{7\*7\} #\{7\*7\}/);
      }
      assert.equal(await site.text("before"), text);
    },
  ],
  [
    "messages that ask for too much, or for what is not there, change nothing",
    async (site) => {
      const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Docs</title><link rel="icon" href="data:,">
        <iframe title="Code" src="${site.server.url}index.html?embed=%3Cscript%3E&theme=%22%3E&step=..%2F"></iframe></html>`;
      await host(site, html, {}, async () => {
        await site.page.waitForFunction(() => window.frames.length === 1);
        const frame = site.page.frames()[1];
        await frame.waitForSelector('.page[data-engine="idle"]', { timeout: 60_000 });
        const before = () => frame.evaluate(() => document.querySelector(".pane.before .cm-content").cmTile.view.state.doc.toString());
        const first = await before();
        const set = { djangoUnblocked: 1, kind: "set" };
        const messages = [
          { ...set, files: [{ path: "x".repeat(1e6), text: 7 }] },
          { ...set, files: "x" },
          { ...set, files: { length: 1e9 } },
          { ...set, view: "__proto__", theme: "constructor", step: "javascript:alert(1)", options: { __proto__: { polluted: "yes" }, constructor: "x" } },
          { djangoUnblocked: 1, kind: "constructor", id: {} },
          { ...set, djangoUnblocked: "1", files: [{ path: "a.py", text: "theirs" }] },
          { djangoUnblocked: 1, kind: "link", id: "x".repeat(1e5) },
          new ArrayBuffer(8),
          [[[[]]]],
        ];
        for (const message of messages) {
          await site.page.evaluate((message) => window.frames[0].postMessage(message, "*"), message);
        }
        await site.page.evaluate((set) => {
          const cycle = { ...set };
          cycle.options = { cycle };
          cycle.files = [cycle];
          window.frames[0].postMessage(cycle, "*");
        }, set);
        await site.page.waitForTimeout(300);
        assert.equal(await before(), first);
        assert.equal(await frame.evaluate(() => ({}).polluted), undefined);
        assert.equal(await frame.evaluate(() => document.documentElement.dataset.embed), "after");
        // A link in a message's place is data too: the page still answers what is right.
        await site.page.evaluate((set) => window.frames[0].postMessage({ ...set, files: [{ path: "a.py", text: "<img src=x onerror=alert(1)>\n" }] }, "*"), set);
        await frame.waitForFunction(() => document.querySelector(".pane.before .cm-content").cmTile.view.state.doc.toString().startsWith("<img"));
        assert.equal(await frame.locator("#app img:not(.cm-widgetBuffer)").count(), 0);
      });
    },
  ],
  [
    "the element works in a page with a policy that lets through nothing but the site",
    async (site) => {
      const { origin } = new URL(site.server.url);
      const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Docs</title>
        <django-unblocked><pre>${VIEW.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</pre></django-unblocked><script src="${site.server.url}embed.js" defer></script></html>`;
      const policy = `default-src 'none'; script-src ${origin}; frame-src ${origin}; require-trusted-types-for 'script'; trusted-types 'none'`;
      await watch(site.page);
      await host(site, html, { "content-security-policy": policy }, async () => {
        await site.page.waitForFunction(() => document.querySelector("django-unblocked").shadowRoot?.querySelector("iframe.ready"), null, { timeout: 60_000 });
        await site.page.frameLocator("iframe").locator(".pane.after .cm-content", { hasText: "async def product_detail" }).waitFor();
        assert.equal(await site.page.evaluate(() => getComputedStyle(document.querySelector("django-unblocked").shadowRoot.querySelector("iframe")).borderRadius), "6px");
        assert.deepEqual(await refused(site.page), []);
      });
      site.problems = site.problems.filter((problem) => !problem.includes("favicon"));
    },
  ],
];
