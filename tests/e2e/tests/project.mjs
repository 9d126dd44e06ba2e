// Whole projects: opened and analysed with progress, cancelled, listed by what changes in them.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { strToU8, zipSync } from "../../../web/node_modules/fflate/esm/index.mjs";
import { VIEW } from "../fixtures.mjs";

const APPS = 100;

/** A project of a thousand files: views that wait, views that only need a look, code that nothing happens to. */
function project() {
  const files = { "manage.py": "import sys\n\nprint(sys.argv)\n" };
  for (let app = 0; app < APPS; app++) {
    const at = `site_${String(app).padStart(3, "0")}`;
    files[`${at}/__init__.py`] = "";
    files[`${at}/models.py`] = `from django.db import models\n\n\nclass Order${app}(models.Model):\n    number = models.IntegerField()\n`;
    files[`${at}/views.py`] =
      `from django.http import JsonResponse\n\nfrom .models import Order${app}\nfrom .helpers import total\n\n\n` +
      `def orders(request):\n    return JsonResponse({"orders": list(Order${app}.objects.values()), "total": total()})\n\n\n` +
      `def order(request, pk):\n    order = Order${app}.objects.get(pk=pk)\n    return JsonResponse({"number": order.number})\n`;
    files[`${at}/helpers.py`] = `from .models import Order${app}\n\n\ndef total():\n    return Order${app}.objects.count()\n`;
    for (const name of ["urls", "forms", "constants", "utils", "admin"]) {
      files[`${at}/${name}.py`] = `# ${name}\n${`VALUE = {"name": "${name}", "number": ${app}}\n`.repeat(20)}`;
    }
    files[`${at}/templates/${at}/list.html`] = "{% for order in orders %}{{ order.number }}{% endfor %}\n";
  }
  return files;
}

const files = project();
const COUNT = Object.keys(files).length;

function onDisk(files) {
  const root = mkdtempSync(join(tmpdir(), "unblocked-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const zip = (files) => ({
  name: "shop.zip",
  mimeType: "application/zip",
  buffer: Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [`shop-main/${path}`, strToU8(text)])))),
});

/** Opens the project, and waits for its analysis. */
async function open(site, wait = true) {
  await site.page.setInputFiles(".pick input >> nth=0", zip(files));
  await site.page.waitForSelector(`.notice:has-text("a project of 1,001 files")`, { timeout: 60_000 });
  if (wait) await site.settled(120_000);
}

/** Measures from now on how long the page stands still. */
const watch = (site) =>
  site.page.evaluate(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  });

const groups = (site) =>
  site.page.$$eval("#project details", (all) =>
    Object.fromEntries(all.map((group) => [group.dataset.group, group.querySelector(".count").textContent])),
  );

const narrow = { viewport: { width: 390, height: 844 } };

export default [
  [
    "a folder of a thousand files is opened and analysed with progress, and the page never stands still",
    async (site) => {
      const root = onDisk(files);
      try {
        await site.open();
        await watch(site);
        const seen = site.page.waitForSelector("#progress progress", { timeout: 60_000 });
        await site.page.setInputFiles("#open-folder", root);
        await seen;
        assert.match(await site.page.textContent("#progress p"), /^(Opening|Reading|Analysing|Planning|Writing)/);
        await site.page.waitForSelector(`.notice:has-text("a project of 1,001 files")`, { timeout: 60_000 });
        await site.settled(120_000);
        await site.page.waitForSelector("#progress", { state: "detached" });
      } finally {
        rmSync(root, { recursive: true });
      }
      // Few tabs, all files in the list.
      assert.ok((await site.page.locator(".file").count()) < 10);
      await site.page.click("#all-files");
      await site.page.waitForSelector("#project details.changed");
      assert.equal(COUNT, 1001);
      const found = await groups(site);
      assert.equal(found.changed, "200");
      assert.equal(Object.values(found).reduce((sum, text) => sum + Number(text.replace(",", "")), 0), COUNT);
      const longest = Math.max(0, ...(await site.page.evaluate(() => window.longTasks)));
      // The aim is 50 ms, on a computer that does nothing else: others take their time out of it here.
      assert.ok(longest < 2000, `the page stood still for ${longest} ms`);
    },
  ],
  [
    "the list of files is filtered, walked by the keyboard, and leads to each file",
    async (site) => {
      await site.open();
      await open(site);
      await site.page.click("#all-files");
      await site.page.fill("#project-filter", "042 VIEWS");
      assert.equal(await site.page.textContent("#project [role=status]"), "1 of 1,001 files");
      assert.deepEqual(await site.page.$$eval("#project button.project-row .path", (all) => all.map((row) => row.textContent)), ["site_042/views.py"]);
      await site.page.keyboard.press("Enter");
      await site.drawn();
      assert.ok((await site.text("before")).includes("Order42"));
      assert.ok((await site.text("after")).includes("async def order(request, pk):"));
      assert.equal(await site.page.getAttribute("#project button.project-row", "aria-current"), "true");
      await site.page.fill("#project-filter", "");
      await site.page.keyboard.press("ArrowDown");
      const focused = () => site.page.evaluate(() => document.activeElement.textContent);
      const first = await focused();
      await site.page.keyboard.press("ArrowDown");
      assert.notEqual(await focused(), first);
      await site.page.keyboard.press("ArrowUp");
      assert.equal(await focused(), first);
      await site.page.keyboard.press("Enter");
      await site.drawn();
      assert.equal(await site.page.locator(".file.active .path").textContent(), first.match(/^site_\d+\/\w+\.py/)[0]);
      await site.page.keyboard.press("ArrowUp");
      assert.equal(await site.page.evaluate(() => document.activeElement.id), "project-filter");
      // What nothing happens to is folded away, and opens.
      await site.page.locator("#project details.nothing summary").click();
      await site.page.locator("#project details.nothing button", { hasText: "manage.py" }).click();
      await site.drawn();
      assert.equal(await site.text("before"), files["manage.py"]);
      await site.page.fill("#project-filter", "no such file");
      assert.ok(await site.page.isVisible("#project .nothing:not(details)"));
    },
  ],
  [
    "the analysis of a project can be cancelled and taken up again; undo brings back what was there",
    async (site) => {
      await site.open();
      await site.paste("mine = 1\n");
      await open(site, false);
      await site.page.click("#stop", { timeout: 60_000 });
      await site.page.waitForSelector('.page[data-engine="stopped"]');
      assert.equal(await site.page.locator("#progress").count(), 0);
      await site.page.click("#all-files");
      await site.page.waitForSelector("#project details");
      assert.deepEqual(await groups(site), { waiting: "1,001" });
      await site.page.click("#resume");
      await site.settled(120_000);
      await site.page.waitForSelector("#project details.changed");
      await site.page.keyboard.press("ControlOrMeta+Alt+z");
      await site.page.waitForSelector('.notice:has-text("Undone: Opened a project of 1,001 files")');
      assert.equal(await site.text("before"), "mine = 1\n");
    },
  ],
  [
    "reading a project can be cancelled, and leaves all work as it is",
    async (site) => {
      await site.open();
      await site.paste("mine = 1\n");
      // Files that take their time.
      await site.page.evaluate(() => {
        const read = Blob.prototype.arrayBuffer;
        Blob.prototype.arrayBuffer = async function () {
          await new Promise((done) => setTimeout(done, 400));
          return read.call(this);
        };
      });
      await site.page.setInputFiles(".pick input >> nth=0", zip(files));
      await site.page.click("#stop");
      await site.page.waitForSelector('.notice:has-text("Your work is as it was")');
      assert.equal(await site.text("before"), "mine = 1\n");
      assert.equal(await site.page.locator("#progress").count(), 0);
    },
  ],
  [
    "a dropped folder is opened with all that is below it",
    async (site) => {
      await site.open();
      await site.page.evaluate((view) => {
        // What a browser gives for a folder: entries that are read a few at a time.
        const file = (path, text) => ({
          isFile: true,
          isDirectory: false,
          fullPath: path,
          file: (done) => done(new File([text], path.split("/").pop())),
        });
        const folder = (path, entries) => ({
          isFile: false,
          isDirectory: true,
          fullPath: path,
          createReader() {
            const left = [...entries];
            return { readEntries: (done) => done(left.splice(0, 2)) };
          },
        });
        const root = folder("/shop", [
          file("/shop/manage.py", "x = 1\n"),
          folder("/shop/orders", [
            file("/shop/orders/__init__.py", ""),
            file("/shop/orders/models.py", "x = 1\n"),
            file("/shop/orders/views.py", view),
            file("/shop/orders/logo.png", "no"),
            folder("/shop/orders/migrations", [file("/shop/orders/migrations/0001.py", "x = 1\n")]),
          ]),
          folder("/shop/node_modules", [file("/shop/node_modules/a.py", "x = 1\n")]),
        ]);
        const data = new DataTransfer();
        data.items.add(new File(["x"], "shop"));
        Object.defineProperty(data.items[0].constructor.prototype, "webkitGetAsEntry", { value: () => root, configurable: true });
        document.querySelector(".page").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
      }, VIEW);
      await site.page.waitForSelector(".notice:has-text('a project of 4 files')");
      await site.settled();
      assert.deepEqual((await site.page.locator(".file .path").allTextContents()).sort(), [
        "manage.py",
        "orders/__init__.py",
        "orders/models.py",
        "orders/views.py",
      ]);
    },
  ],
  [
    "a file is shown from its beginning, and again where it was left; without a list of files its tab is gone",
    async (site) => {
      await site.open();
      const long = (name) => `# ${name}\n${"x = 1\n".repeat(300)}`;
      const two = Object.fromEntries(["one.py", "two.py"].map((name) => [name, long(name)]));
      await site.page.setInputFiles(".pick input >> nth=0", zip(two));
      await site.page.waitForSelector(".notice:has-text('a project of 2 files')");
      await site.settled();
      const line = () => site.page.locator(".pane.before .cm-line").first().textContent();
      const top = () => site.page.locator(".pane.before .cm-scroller").evaluate((scroller) => scroller.scrollTop);
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+End");
      await site.drawn();
      const end = await top();
      assert.ok(end > 1000);
      await site.page.locator(".tab", { hasText: "Files" }).click();
      await site.page.locator("#project summary").first().waitFor();
      await site.page.locator("#project .path", { hasText: "two.py" }).click({ position: { x: 8, y: 8 } });
      await site.drawn();
      assert.ok((await top()) < 10, String(await top()));
      assert.equal(await line(), "# two.py");
      await site.page.locator("#project .path", { hasText: "one.py" }).click({ position: { x: 8, y: 8 } });
      await site.drawn();
      assert.ok(Math.abs((await top()) - end) < 30, `${await top()}, not ${end}`);
      await site.page.click("#undo");
      await site.drawn();
      assert.equal(await site.page.textContent('.tab[aria-pressed="true"]'), "Changes and findings3");
    },
  ],
  [
    "what can't be opened of a project is named, and listed",
    async (site) => {
      await site.open();
      const bytes = { "shop/views.py": strToU8(VIEW), "shop/latin.py": new Uint8Array([0x23, 0xe9, 0x0a]), "shop/a/b.py": strToU8("x = 1\n") };
      await site.page.setInputFiles(".pick input >> nth=0", { name: "shop.zip", mimeType: "application/zip", buffer: Buffer.from(zipSync(bytes)) });
      await site.page.waitForSelector(".notice:has-text('latin.py is not UTF-8 text') #undo");
      await site.settled();
      await site.page.locator(".tab", { hasText: "Files" }).click();
      await site.page.waitForSelector("#project details.unreadable li:has-text('latin.py')");
      assert.equal((await groups(site)).unreadable, "1");
    },
  ],
  ...[["wide", {}], ["narrow", narrow], ["dark", { colorScheme: "dark" }]].map(([name, options]) => [
    `the list of files is accessible: ${name}`,
    options,
    async (site) => {
      await site.open();
      await site.page.setInputFiles(".pick input >> nth=0", zip(Object.fromEntries(Object.entries(files).slice(0, 60))));
      await site.page.waitForSelector(".notice");
      await site.settled();
      await site.page.click("#all-files");
      await site.page.waitForSelector("#project details.changed");
      const { violations } = await new AxeBuilder({ page: site.page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`), []);
      if (name === "narrow") {
        assert.ok(await site.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
        await site.page.locator("#project button", { hasText: "views.py" }).first().click();
        await site.drawn();
        assert.ok(await site.page.isVisible(".pane.after"));
      }
    },
  ]),
  [
    "a folder that the browser lets the page write to gets the changed files back, those that are ticked",
    async (site) => {
      await site.open();
      // The browser's own private folder stands for one on the disk; only the question which one is answered here.
      await site.page.evaluate(async (files) => {
        const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("shop", { create: true });
        for (const [path, text] of Object.entries(files)) {
          const parts = path.split("/");
          const name = parts.pop();
          let folder = root;
          for (const part of parts) folder = await folder.getDirectoryHandle(part, { create: true });
          const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
          await stream.write(text);
          await stream.close();
        }
        window.showDirectoryPicker = async () => root;
      }, { "manage.py": "x = 1\n", "orders/__init__.py": "", "orders/views.py": VIEW, "orders/other.py": VIEW, "venv/lib/a.py": "x = 1\n" });
      const onDisk = (path) =>
        site.page.evaluate(async (path) => {
          let folder = await window.showDirectoryPicker();
          const parts = path.split("/");
          const name = parts.pop();
          for (const part of parts) folder = await folder.getDirectoryHandle(part);
          return (await (await folder.getFileHandle(name)).getFile()).text();
        }, path);
      await site.page.reload();
      await site.settled();
      await site.page.evaluate(async () => {
        const root = await (await navigator.storage.getDirectory()).getDirectoryHandle("shop");
        window.showDirectoryPicker = async () => root;
      });
      await site.page.click("label:has(#open-folder)");
      await site.page.waitForSelector(".notice:has-text('a project of 4 files')");
      await site.settled();
      // Somebody else writes to one of them meanwhile.
      await site.page.evaluate(async () => {
        const folder = await (await window.showDirectoryPicker()).getDirectoryHandle("orders");
        const stream = await (await folder.getFileHandle("other.py")).createWritable();
        await stream.write("# theirs\n");
        await stream.close();
      });
      await site.page.click("#more");
      await site.page.click("#save-folder");
      const entry = (path) => site.page.locator("#save-back li", { hasText: path });
      await entry("orders/views.py").waitFor();
      assert.equal(await entry("orders/views.py").locator("input").isChecked(), true);
      assert.equal(await entry("orders/other.py").locator("input").isChecked(), false);
      assert.match(await entry("orders/other.py").textContent(), /changed on disk since/);
      const { violations } = await new AxeBuilder({ page: site.page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`), []);
      assert.equal(await onDisk("orders/views.py"), VIEW);
      await site.page.click('#save-back button:has-text("Overwrite 1 file")');
      await site.page.waitForSelector('.notice:has-text("Saved 1 file to the folder")');
      assert.match(await onDisk("orders/views.py"), /async def/);
      assert.equal(await onDisk("orders/other.py"), "# theirs\n");
    },
  ],
];
