// What the page makes of code is what real Django was shown to run.

import assert from "node:assert/strict";
import { VIEW, guide, realistic } from "../fixtures.mjs";

/** Opens files of given names and texts, as the file dialog does. */
async function openFiles(site, files) {
  await site.page.setInputFiles(
    ".pick input",
    files.map(({ path, before }) => ({
      name: path.split("/").pop(),
      mimeType: "text/x-python",
      buffer: Buffer.from(before),
    })),
  );
  await site.drawn();
  await site.settled();
}

/** Holds of the one-file page too. */
export const inBundle = true;

export default [
  [
    "a visitor first sees the guide's function view, migrated",
    async (site) => {
      await site.open();
      assert.equal(await site.text("before"), VIEW);
      const { after } = guide.find(({ name }) => name === "function-view");
      const shown = await site.text("after");
      if (after === null) assert.match(shown, /async def product_detail/);
      else assert.equal(shown, after);
      assert.ok((await site.page.locator(".finding").count()) > 0);
    },
  ],
  ...guide
    .filter(({ after }) => after !== null)
    .map(({ name, before, after }) => [
      `the guide's ${name}, pasted, becomes what real Django runs`,
      async (site) => {
        await site.open();
        await site.paste(before);
        assert.equal(await site.text("before"), before);
        assert.equal(await site.text("after"), after);
        assert.equal((await site.download()).text, after);
      },
    ]),
  ...realistic
    .filter(({ files }) => files.every(({ after }) => after !== null))
    .map(({ name, files }) => [
      `the whole project ${name} becomes what real Django runs`,
      async (site) => {
        await site.open();
        await openFiles(site, files);
        await site.page.check("#whole");
        await site.drawn();
        await site.settled();
        for (const { path, after } of files) {
          await site.page.click(`.file .name:has-text("${path.split("/").pop()}")`);
          await site.drawn();
          assert.equal(await site.text("after"), after, path);
        }
      },
    ]),
  [
    "an example of several files opens them all, and opening it can be undone",
    async (site) => {
      await site.open();
      await site.paste("mine = 1\n");
      await site.example("Shop: catalogue, cart and checkout");
      assert.equal(await site.page.locator(".file").count(), 5);
      assert.ok(await site.page.isChecked("#whole"));
      await site.page.click("#undo");
      await site.drawn();
      await site.settled();
      assert.equal(await site.text("before"), "mine = 1\n");
      assert.ok(!(await site.page.isChecked("#whole")));
    },
  ],
  [
    "every example opens without a complaint",
    async (site) => {
      await site.open();
      const titles = await site.page.locator("#example option:not([disabled])").allTextContents();
      assert.ok(titles.length >= 12);
      for (const title of titles) {
        await site.example(title);
        assert.ok((await site.text("after")).length > 0, title);
      }
    },
  ],
  [
    "options change what comes out",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      const first = await site.text("after");
      await site.choose("client", "httpx");
      const second = await site.text("after");
      assert.notEqual(second, first);
      assert.match(second, /httpx/);
      await site.choose("version", "4.2");
      // Django 4.2 has no aget_object_or_404.
      assert.doesNotMatch(await site.text("after"), /aget_object_or_404/);
      await site.choose("version", "5.2");
      await site.choose("client", "aiohttp");
      assert.equal(await site.text("after"), first);
    },
  ],
  [
    "bare statements are labelled as what they are read as",
    async (site) => {
      await site.open();
      await site.paste("product = Product.objects.get(pk=1)\n");
      assert.match(await site.page.textContent(".pane.before .facts"), /body of an async view/);
      assert.match(await site.text("after"), /await Product\.objects\.aget\(pk=1\)/);
    },
  ],
  [
    "a helper in a second file counts",
    async (site) => {
      await site.open();
      await site.paste(
        "from django.http import JsonResponse\nfrom .services import stock\n\ndef view(request):\n    return JsonResponse(stock(1))\n",
      );
      await site.page.click('.files button:has-text("Add file")');
      await site.drawn();
      await site.page.click('.tool[aria-label^="Rename"]');
      await site.page.fill(".rename", "services.py");
      await site.page.keyboard.press("Enter");
      await site.drawn();
      await site.paste("import requests\n\ndef stock(pk):\n    return requests.get(f'https://example.com/{pk}').json()\n");
      await site.page.click('.file .name:has-text("views.py")');
      await site.drawn();
      assert.match(await site.text("after"), /async def view/);
    },
  ],
];
