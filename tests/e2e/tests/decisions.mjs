// Accepting and rejecting changes, and choosing what becomes of a function.

import assert from "node:assert/strict";

const COUNT = `def load():
    return Product.objects.count()


def view(request):
    n = Tag.objects.count()
    return JsonResponse({"n": n, "all": load()})
`;

/** Opens a finding by its rule, among those with this badge. */
async function open(site, rule, badge) {
  const finding = site.page.locator(".finding", { hasText: rule }).filter({ hasText: badge });
  await finding.first().click();
  await site.drawn();
}

/** Presses a button of the explanation. */
async function press(site, name) {
  await site.page.locator(".detail").getByRole("button", { name, exact: true }).click();
  await site.drawn();
  await site.settled();
}

async function becomes(site, name, choice) {
  await site.page.getByRole("combobox", { name: `What becomes of ${name}` }).selectOption(choice);
  await site.drawn();
  await site.settled();
}

// The last one: `load` stands before `view`.
const inView = (site) => site.page.locator(".finding", { hasText: "orm/await-terminal" });

/** Holds of the one-file page too. */
export const inBundle = true;

export default [
  [
    "a rejected change steps down to a thread, then the view stays sync; both can be undone, and edits elsewhere keep them",
    async (site) => {
      await site.open();
      const text = COUNT.replace("load()", "1");
      await site.paste(text);
      assert.match(await site.text("after"), /n = await Tag\.objects\.acount\(\)/);
      await site.page.locator(".finding", { hasText: "orm/await-terminal" }).first().click();
      await site.drawn();
      await press(site, "Reject this change");
      assert.match(await site.text("after"), /n = await sync_to_async\(Tag\.objects\.count\)\(\)/);
      assert.match(await site.page.textContent(".detail"), /orm\/wrap-method/);
      assert.equal(await site.page.locator(".finding.gone").count(), 1);
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+Home");
      await site.page.keyboard.type("import os\n\n");
      await site.drawn();
      await site.settled();
      assert.match(await site.text("after"), /import os[^]*sync_to_async\(Tag\.objects\.count\)\(\)/);
      await open(site, "orm/wrap-method", "Safe");
      await press(site, "Reject this change");
      assert.doesNotMatch(await site.text("after"), /async def/);
      assert.equal(await site.page.locator(".finding.gone").count(), 2);
      assert.match(await site.page.textContent(".list"), /stays synchronous/);
      await site.page.click(".tab:has-text('Functions')");
      assert.match(await site.page.textContent(".list"), /You rejected the change of Tag\.objects\.count\(\)|you rejected the change/);
      await site.page.click("#undo");
      await site.drawn();
      await site.settled();
      assert.match(await site.text("after"), /sync_to_async\(Tag\.objects\.count\)\(\)/);
      await site.page.click(".tab:has-text('Changes')");
      await open(site, "orm/await-terminal", "Rejected");
      await press(site, "Take back");
      assert.match(await site.text("after"), /n = await Tag\.objects\.acount\(\)/);
      assert.equal(await site.page.locator("#reset-decisions").count(), 0);
    },
  ],
  [
    "a change is rejected by the keyboard alone, and the focus stays",
    async (site) => {
      await site.open();
      await site.paste(COUNT);
      await inView(site).last().focus();
      await site.page.keyboard.press("Enter");
      await site.drawn();
      const reject = site.page.locator(".detail").getByRole("button", { name: "Reject this change" });
      await reject.focus();
      await site.page.keyboard.press("Enter");
      await site.drawn();
      await site.settled();
      assert.ok(await reject.evaluate((button) => button === document.activeElement));
      assert.match(await site.page.textContent(".notice-place"), /Rejected/);
    },
  ],
  [
    "a rule is rejected in a function and everywhere, and all decisions are reset",
    async (site) => {
      await site.open();
      await site.paste(COUNT);
      const planned = await site.text("after");
      await inView(site).last().click();
      await press(site, "Reject this rule in view");
      assert.match(await site.text("after"), /sync_to_async\(Tag\.objects\.count\)/);
      assert.match(await site.text("after"), /await Product\.objects\.acount/);
      await open(site, "orm/await-terminal", "Review");
      await press(site, "Reject this rule everywhere");
      assert.match(await site.text("after"), /sync_to_async\(Product\.objects\.count\)/);
      await site.page.click("#reset-decisions");
      await site.drawn();
      await site.settled();
      assert.equal(await site.text("after"), planned);
    },
  ],
  [
    "of safe changes alone, one under an assumption is let through",
    async (site) => {
      await site.open();
      await site.paste(COUNT);
      await site.page.check("#safe-only");
      await site.drawn();
      await site.settled();
      assert.match(await site.text("after"), /sync_to_async\(Tag\.objects\.count\)/);
      await site.page.locator(".finding", { hasText: "Withheld" }).last().click();
      await press(site, "Accept this change");
      assert.match(await site.text("after"), /await Tag\.objects\.acount\(\)/);
    },
  ],
  [
    "a function is converted, given a twin, wrapped or left, as far as it can be",
    async (site) => {
      await site.open();
      await site.paste(COUNT);
      await site.page.click(".tab:has-text('Functions')");
      const after = () => site.text("after");
      assert.match(await after(), /await aload\(\)/);
      await becomes(site, "load", "wrap");
      assert.match(await after(), /await sync_to_async\(load\)\(\)/);
      await becomes(site, "load", "convert");
      assert.match(await after(), /^async def load/m);
      await becomes(site, "view", "leave");
      assert.doesNotMatch(await after(), /async def view/);
      const twin = site.page.getByRole("combobox", { name: "What becomes of view" }).locator("option[value=twin]");
      assert.ok(await twin.isDisabled());
      await site.page.locator(".row", { hasText: "view" }).locator("summary").last().click();
      assert.match(await site.page.textContent(".list"), /Django calls the view that the URL names/);
      await becomes(site, "view", "");
      await becomes(site, "load", "");
      assert.match(await after(), /await aload\(\)/);
    },
  ],
];
