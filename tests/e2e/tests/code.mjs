// Reading and changing code in the editors: definitions, what names mean, what to do about findings, and undoing all of it.

import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import { VIEW } from "../fixtures.mjs";

const MODELS = "from django.db import models\n\n\nclass Order(models.Model):\n    number = models.IntegerField()\n\n    def total(self):\n        return self.number * 2\n";
const VIEWS =
  "from django.http import JsonResponse\n\nfrom .models import Order\nfrom .services import load\n\n\n" +
  "def order(request, pk):\n    order = Order.objects.get(pk=pk)\n    return JsonResponse({\"total\": order.total()})\n";

/** A change that rests on an assumption. */
const COUNT = `def load():
    return Product.objects.count()


def view(request):
    n = Tag.objects.count()
    return JsonResponse({"n": n, "all": load()})
`;

/** A project of two files, the views in the panes. */
async function project(site) {
  await site.open();
  await site.page.setInputFiles(".pick input >> nth=0", [
    { name: "views.py", mimeType: "text/plain", buffer: Buffer.from(VIEWS) },
    { name: "models.py", mimeType: "text/plain", buffer: Buffer.from(MODELS) },
  ]);
  await site.page.waitForSelector('.file:has-text("models.py")');
  await site.settled();
  await ready(site);
}

/** What tells of the code comes after the first paint. */
const ready = (site) =>
  site.page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("/meaning-")) || !location.protocol.startsWith("http"));

/** Puts the cursor of the text before on the `nth` place of `word`. */
async function cursor(site, word, nth = 0) {
  await site.drawn();
  await site.page.evaluate(
    ([word, nth]) => {
      const { view } = document.querySelector(".pane.before .cm-content").cmTile;
      const text = view.state.doc.toString();
      let at = -1;
      for (let count = 0; count <= nth; count++) at = text.indexOf(word, at + 1);
      view.dispatch({ selection: { anchor: at + 1 }, scrollIntoView: true });
      view.focus();
    },
    [word, nth],
  );
}

/** Where a word of a text is on the screen. */
const where = (site, word, nth = 0, side = "before") =>
  site.page.evaluate(
    ([word, nth, side]) => {
      const { view } = document.querySelector(`.pane.${side} .cm-content`).cmTile;
      const text = view.state.doc.toString();
      let at = -1;
      for (let count = 0; count <= nth; count++) at = text.indexOf(word, at + 1);
      const { left, top, bottom } = view.coordsAtPos(at + 1);
      return { x: left + 2, y: (top + bottom) / 2 };
    },
    [word, nth, side],
  );

const active = (site) => site.page.locator(".file.active .path").textContent();
const selected = (site) =>
  site.page.evaluate(() => {
    const { state } = document.querySelector(".pane.before .cm-content").cmTile.view;
    return state.sliceDoc(state.selection.main.from, state.selection.main.to);
  });

const axe = async (site) => {
  const { violations } = await new AxeBuilder({ page: site.page }).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`), []);
};

/** Holds of the one-file page too. */
export const inBundle = true;

export default [
  [
    "F12 and Ctrl-click lead to the definition, in the file that it is in",
    async (site) => {
      await project(site);
      await cursor(site, "Order", 1);
      await site.page.keyboard.press("F12");
      await site.page.waitForSelector('.file.active:has-text("models.py")');
      await site.drawn();
      assert.equal(await selected(site), "Order");
      assert.ok(await site.page.evaluate(() => document.activeElement.closest(".pane.before") !== null));
      await site.page.locator(".file .name", { hasText: "views.py" }).click();
      await site.drawn();
      const { x, y } = await where(site, "total()");
      await site.page.keyboard.down("ControlOrMeta");
      await site.page.mouse.click(x, y);
      await site.page.keyboard.up("ControlOrMeta");
      await site.page.waitForSelector('.file.active:has-text("models.py")');
      await site.drawn();
      assert.equal(await selected(site), "total");
    },
  ],
  [
    "what is defined in a file that is not there is said to be missing",
    async (site) => {
      await project(site);
      await cursor(site, "load");
      await site.page.keyboard.press("F12");
      await site.page.waitForSelector('.notice:has-text("services.load is not among the files")');
      assert.equal(await active(site), "views.py");
    },
  ],
  [
    "a name under the pointer is explained: its value, what becomes of it, where it is defined",
    async (site) => {
      await project(site);
      const { x, y } = await where(site, "order.total");
      await site.page.mouse.move(x, y);
      await site.page.waitForSelector('.tip-meaning:has-text("Instance of Order")');
      await site.page.mouse.move(5, 5);
      await site.page.waitForSelector(".tip-meaning", { state: "detached" });
      const name = await where(site, "order(request");
      await site.page.mouse.move(name.x, name.y);
      await site.page.waitForSelector('.tip-meaning:has-text("waits for query")');
      // The tip stands over the next line.
      await site.page.mouse.move(5, 5);
      await site.page.waitForSelector(".tip-meaning", { state: "detached" });
      const of = await where(site, "Order.objects");
      await site.page.mouse.move(of.x, of.y);
      await site.page.click('.tip-meaning button:has-text("Go to models.py:4")');
      await site.page.waitForSelector('.file.active:has-text("models.py")');
    },
  ],
  [
    "in the code after, what stands in the code before is explained by it, and what is new by its rule",
    async (site) => {
      await project(site);
      const hover = async (word, nth = 0) => {
        await site.page.mouse.move(5, 5);
        await site.page.waitForSelector(".cm-tooltip", { state: "detached" });
        const { x, y } = await where(site, word, nth, "after");
        await site.page.mouse.move(x, y);
      };
      await hover("order.total");
      await site.page.waitForSelector('.tip-meaning:has-text("Instance of Order"):has-text("in the code before")');
      await hover("aget");
      await site.page.waitForSelector('.cm-tooltip:has-text("orm/")');
      assert.equal(await site.page.locator(".tip-meaning").count(), 0);
      await hover("Order.objects");
      await site.page.click('.tip-meaning button:has-text("Go to models.py:4")');
      await site.page.waitForSelector('.file.active:has-text("models.py")');
    },
  ],
  ...["light", "dark"].map((colorScheme) => [
    `a finding is rejected and taken back in the editor, by the keyboard alone: ${colorScheme}`,
    { colorScheme },
    async (site) => {
      await project(site);
      assert.match(await site.text("after"), /await Order\.objects\.aget/);
      await cursor(site, "Order.objects");
      await site.page.keyboard.press("ControlOrMeta+.");
      await site.page.waitForSelector('.tip-here .tip-meaning:has-text("Model Order")');
      await axe(site);
      const reject = site.page.locator(".tip-here button", { hasText: "Reject" }).first();
      for (let steps = 0; steps < 6 && !(await reject.evaluate((it) => it === document.activeElement)); steps++) await site.page.keyboard.press("Tab");
      await site.page.keyboard.press("Enter");
      await site.page.waitForSelector(".notice #undo");
      await site.settled();
      assert.doesNotMatch(await site.text("after"), /await Order\.objects\.aget/);
      await cursor(site, "Order.objects");
      await site.page.keyboard.press("ControlOrMeta+.");
      await site.page.locator(".tip-here button", { hasText: "Take back" }).first().press("Enter");
      await site.drawn();
      await site.settled();
      assert.match(await site.text("after"), /await Order\.objects\.aget/);
      // Escape gives the keyboard back to the code.
      await site.page.keyboard.press("ControlOrMeta+.");
      await site.page.waitForSelector(".tip-here");
      await site.page.keyboard.press("Escape");
      await site.page.waitForSelector(".tip-here", { state: "detached" });
      assert.ok(await site.page.evaluate(() => document.activeElement.closest(".pane.before") !== null));
    },
  ]),
  [
    "what was withheld is accepted in the editor",
    async (site) => {
      await site.open();
      await site.paste(COUNT);
      await site.page.check("#safe-only");
      await site.drawn();
      await site.settled();
      const before = await site.text("after");
      await site.page.locator(".finding", { hasText: "Withheld" }).last().click();
      await site.drawn();
      await ready(site);
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+.");
      await site.page.locator(".tip-here button", { hasText: "Accept" }).first().click();
      await site.drawn();
      await site.settled();
      assert.notEqual(await site.text("after"), before);
    },
  ],
  [
    "files, options, decisions and resets are undone and done again, each with a word",
    async (site) => {
      await project(site);
      await site.page.locator(".file.active [aria-label^=Rename]").click();
      await site.page.fill(".rename", "shop/views.py");
      await site.page.keyboard.press("Enter");
      await site.page.waitForSelector('.notice:has-text("Renamed views.py to shop/views.py") #undo');
      await site.page.locator('[aria-label="Delete models.py"]').click();
      await site.page.waitForSelector('.notice:has-text("Deleted models.py") #undo');
      await site.choose("version", "5.0");
      await site.page.check("#safe-only");
      await site.drawn();
      const undo = async (said) => {
        await site.page.keyboard.press("ControlOrMeta+Alt+z");
        await site.page.waitForSelector(`.notice:has-text("Undone: ${said}")`);
      };
      await undo("Safe changes only: on");
      assert.equal(await site.page.isChecked("#safe-only"), false);
      await undo("Django 5.0");
      assert.notEqual(await site.page.inputValue("#version"), "5.0");
      await undo("Deleted models.py");
      assert.equal(await site.page.locator(".file").count(), 2);
      await undo("Renamed views.py to shop/views.py");
      assert.deepEqual(await site.page.locator(".file .path").allTextContents(), ["views.py", "models.py"]);
      await site.page.click("#redo");
      await site.page.waitForSelector('.notice:has-text("Done again: Renamed views.py")');
      assert.deepEqual(await site.page.locator(".file .path").allTextContents(), ["shop/views.py", "models.py"]);
      await site.settled();
      // In the text it is the editor's own undo.
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+End");
      await site.page.keyboard.type("# mine");
      await site.page.keyboard.press("ControlOrMeta+z");
      assert.doesNotMatch(await site.text("before"), /mine/);
      assert.equal(await active(site), "shop/views.py");
      // Outside of it, the page's.
      await site.page.locator(".tab").first().focus();
      await site.page.keyboard.press("ControlOrMeta+z");
      await site.page.waitForSelector('.notice:has-text("Undone: Renamed")');
      await site.settled();
    },
  ],
  [
    "a reset of the code after is undone by one click",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      await site.editor("after").focus();
      await site.page.keyboard.press("ControlOrMeta+End");
      await site.page.keyboard.type("# mine");
      await site.settled();
      await site.page.click("#regenerate");
      await site.drawn();
      assert.doesNotMatch(await site.text("after"), /# mine/);
      await site.page.click("#undo");
      await site.drawn();
      assert.match(await site.text("after"), /# mine/);
    },
  ],
  ...[["light", {}], ["dark", { colorScheme: "dark" }], ["narrow", { viewport: { width: 390, height: 844 } }]].map(([name, options]) => [
    `what is wrong with the edited code after is listed, and leads there: ${name}`,
    options,
    async (site) => {
      await site.open();
      if (name === "narrow") await site.page.locator(".views button").first().click();
      await site.paste(VIEWS);
      if (name === "narrow") await site.page.locator(".views button").nth(1).click();
      const text = await site.text("after");
      await site.paste(text.replace("await Order.objects.aget", "Order.objects.aget"), "after");
      if (name === "narrow") await site.page.locator(".views button").nth(2).click();
      const own = site.page.locator(".own .finding", { hasText: "async/missing-await" });
      await own.waitFor();
      await axe(site);
      await own.click();
      await site.drawn();
      const selection = await site.page.evaluate(() => {
        const { state } = document.querySelector(".pane.after .cm-content").cmTile.view;
        return state.sliceDoc(state.selection.main.from, state.selection.main.to);
      });
      assert.match(selection, /Order\.objects\.aget/);
    },
  ]),
  [
    "decisions without their code are named and cleared",
    async (site) => {
      await site.open();
      await site.paste(VIEWS);
      await site.page.locator(".finding", { hasText: "orm/" }).first().click();
      await site.page.locator(".decide button", { hasText: "Reject this change" }).click();
      await site.drawn();
      await site.settled();
      await site.paste("x = 1\n");
      await site.page.click(".stale summary");
      await site.page.waitForSelector('.stale-list:has-text("Reject orm/")');
      await axe(site);
      await site.page.click("#clear-stale");
      await site.page.waitForSelector(".decided", { state: "detached" });
      await site.page.waitForSelector('.notice:has-text("Cleared the decisions without their code") #undo');
      await site.settled();
    },
  ],
];
