// Files in and out: what comes in is all there, what goes out is what tools take.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { strToU8, unzipSync, zipSync } from "../../../web/node_modules/fflate/esm/index.mjs";
import { VIEW, realistic } from "../fixtures.mjs";

const shop = realistic.find(({ name }) => name === "shop");

async function folder(files, body) {
  const root = mkdtempSync(join(tmpdir(), "unblocked-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await body(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function download(site, selector) {
  const [download] = await Promise.all([site.page.waitForEvent("download"), site.page.click(selector)]);
  return readFile(await download.path());
}

const paths = (site) => site.page.locator(".file .path").allTextContents();

export default [
  [
    "a patch is one that git applies, and gives the files of the zip",
    async (site) => {
      const files = Object.fromEntries(shop.files.map(({ path, before }) => [path, before]));
      // Line ends, a missing last one, a name that needs care, letters beyond ASCII.
      files["shop/my old \"views\".py"] = `# é 📦\r\n${VIEW.replaceAll("\n", "\r\n").trimEnd()}`;
      await folder(files, async (root) => {
        await site.open();
        await site.page.setInputFiles("#open-folder", root);
        await site.page.waitForSelector(".notice:has-text('a project of')");
        await site.settled();
        await site.page.click("#more");
        const patch = await download(site, "#get-patch");
        const zip = unzipSync(new Uint8Array(await download(site, "#get-zip")));
        execFileSync("git", ["-C", root, "apply", "--whitespace=nowarn", "-"], { input: patch });
        const names = Object.keys(zip).sort();
        assert.deepEqual(names, Object.keys(files).sort());
        let changed = 0;
        for (const [path, bytes] of Object.entries(zip)) {
          assert.equal(Buffer.from(bytes).toString(), readFileSync(join(root, path), "utf8"), path);
          changed += Buffer.from(bytes).toString() === files[path] ? 0 : 1;
        }
        assert.ok(changed > 1);
      });
    },
  ],
  [
    "a folder is opened without what is none of its code",
    async (site) => {
      const files = {
        "shop/views.py": VIEW,
        "shop/models.py": "from django.db import models\n",
        "shop/migrations/0001_initial.py": "x = 1\n",
        "venv/lib/site-packages/django/x.py": "x = 1\n",
        "node_modules/a/b.py": "x = 1\n",
        ".git/hooks/h.py": "x = 1\n",
        "logo.png": "\u0000",
        "requirements.txt": "django\n",
        "shop/templates/shop/list.html": "{{ x }}\n",
      };
      await folder(files, async (root) => {
        await site.open();
        await site.page.setInputFiles("#open-folder", root);
        await site.page.waitForSelector(".notice:has-text('a project of 4 files')");
        await site.settled();
        assert.deepEqual((await paths(site)).sort(), [
          "requirements.txt",
          "shop/models.py",
          "shop/templates/shop/list.html",
          "shop/views.py",
        ]);
        assert.ok(await site.page.isChecked("#whole"));
      });
    },
  ],
  [
    "a zip is opened, without the folder that it is all in; undo brings back what was there",
    async (site) => {
      await site.open();
      await site.paste("mine = 1\n");
      const zip = zipSync({
        "shop-main/shop/views.py": strToU8(VIEW),
        "shop-main/shop/models.py": strToU8("x = 1\n"),
        "shop-main/manage.py": strToU8("x = 1\n"),
        "shop-main/logo.png": strToU8("x"),
      });
      await site.page.setInputFiles(".pick input >> nth=0", { name: "shop.zip", mimeType: "application/zip", buffer: Buffer.from(zip) });
      await site.page.waitForSelector(".notice:has-text('a project of 3 files')");
      await site.settled();
      assert.deepEqual((await paths(site)).sort(), ["manage.py", "shop/models.py", "shop/views.py"]);
      await site.page.click("#undo");
      await site.drawn();
      assert.equal(await site.text("before"), "mine = 1\n");
    },
  ],
  [
    "what is no zip, or lies about its size, is refused by name",
    async (site) => {
      await site.open();
      await site.paste("mine = 1\n");
      const lies = zipSync({ "a.py": strToU8("x".repeat(1000)) });
      // The size in the central directory.
      new DataView(lies.buffer).setUint32(lies.lastIndexOf(0x50) - 46 - 4 + 24, 4e9, true);
      for (const buffer of [Buffer.from("no zip"), Buffer.alloc(0)]) {
        await site.page.setInputFiles(".pick input >> nth=0", { name: "bad.zip", mimeType: "application/zip", buffer });
        await site.page.waitForSelector(".notice:has-text('bad.zip can’t be read as a zip')");
        await site.page.click('.notice button:has-text("Dismiss")');
        await site.page.waitForSelector(".notice", { state: "detached" });
      }
      assert.equal(await site.text("before"), "mine = 1\n");
    },
  ],
  [
    "dropped files are opened",
    async (site) => {
      await site.open();
      await site.page.evaluate((text) => {
        const data = new DataTransfer();
        data.items.add(new File([text], "views.py"));
        data.items.add(new File(["x = 1\n"], "models.py"));
        document.querySelector(".page").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
      }, VIEW);
      await site.page.waitForSelector('.file:has-text("models.py")');
      await site.settled();
      assert.deepEqual(await paths(site), ["views.py", "models.py"]);
      assert.equal(await site.text("before"), VIEW);
    },
  ],
  [
    "the changes as Markdown, and the command that does the same",
    { permissions: ["clipboard-read", "clipboard-write"] },
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      await site.choose("version", "5.0");
      await site.page.click("#more");
      const command = await site.page.textContent(".command");
      assert.match(command, /^unblocked migrate views\.py --target-version 5\.0 --http-client aiohttp .*--write$/);
      await site.page.click("#copy-command");
      await site.page.waitForSelector("#export .dialog-notice:has-text('Copied')");
      assert.equal(await site.page.evaluate(() => navigator.clipboard.readText()), command);
      await site.page.click("#get-review");
      await site.page.waitForSelector("#export .dialog-notice:has-text('Markdown')");
      const review = await site.page.evaluate(() => navigator.clipboard.readText());
      assert.match(review, /^## Sync to async, for Django 5\.0\n/);
      assert.match(review, /- \[ \] line \d+: /);
      assert.match(review, /```diff\n--- a\/views\.py\n\+\+\+ b\/views\.py\n/);
    },
  ],
];
