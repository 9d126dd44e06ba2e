// Both panes side by side: what is the same in both texts is on the same height.

import assert from "node:assert/strict";
import { VIEW } from "../fixtures.mjs";

/** Two views that get more lines, with imports, then many that stay. */
const CODE = `import requests\n${VIEW}\n\ndef weather(request):\n    answer = requests.get("https://example.org/weather")\n    return JsonResponse(answer.json())\n\n\n${Array.from(
  { length: 120 },
  (_, at) => `def plain_${at}(value):\n    return value + ${at}\n`,
).join("\n\n")}`;

/** Longer than the page waits before it lays the texts beside each other, and than editors then move by themselves. */
const laid = async (site) => {
  await site.settled();
  await site.page.waitForTimeout(600);
};

/** How far apart lines are that both panes show and have once: by their text, in pixels. */
const apart = (site) =>
  site.page.evaluate(() => {
    const lines = (side) => {
      const editor = document.querySelector(`.pane.${side} .cm-scroller`);
      const { top, bottom } = editor.getBoundingClientRect();
      const all = Array.from(editor.querySelectorAll(".cm-line"), (line) => [line.textContent, line.getBoundingClientRect().top]);
      return new Map(all.filter(([text, at]) => text.trim() && at >= top && at < bottom && all.filter(([other]) => other === text).length === 1));
    };
    const [before, after] = [lines("before"), lines("after")];
    return Array.from(before, ([text, top]) => (after.has(text) ? Math.abs(after.get(text) - top) : null)).filter((it) => it !== null);
  });

async function areBeside(site, what, least = 2) {
  const found = await apart(site);
  assert.ok(found.length >= least, `${what}: ${found.length} lines in both`);
  assert.ok(Math.max(...found) < 2, `${what}: ${Math.max(...found)} pixels apart`);
}

/** Pastes code and goes to its beginning. */
const paste = async (site, code) => {
  await site.paste(code);
  await site.page.keyboard.press("ControlOrMeta+Home");
  await laid(site);
};

const scroll = async (site, side, by) => {
  await site.page.hover(`.pane.${side} .cm-content`);
  await site.page.mouse.wheel(0, by);
  await site.page.waitForTimeout(300);
};
const top = (site, side) => site.page.$eval(`.pane.${side} .cm-scroller`, (it) => it.scrollTop);
const spacers = (site) => site.page.locator(".cm-spacer").count();

/** Holds of the one-file page too. */
export const inBundle = true;

export default [
  [
    "lines that both texts have stand beside each other: at first, scrolled, edited by hand, with another option",
    async (site) => {
      await site.open();
      await paste(site, CODE);
      await areBeside(site, "at first");
      assert.ok((await spacers(site)) > 0);
      assert.equal(await site.page.locator('.cm-spacer:not([aria-hidden="true"])').count(), 0);
      await scroll(site, "before", 900);
      assert.ok((await top(site, "before")) > 500);
      await areBeside(site, "after scrolling the text before");
      await scroll(site, "after", -500);
      await areBeside(site, "after scrolling the text after");

      // By hand in the text after, where it is scrolled to.
      await site.page.locator(".pane.after .cm-line:has-text('def plain_')").first().click();
      await site.page.keyboard.press("Home");
      await site.page.keyboard.type("# one\n# two\n# three\n");
      await laid(site);
      await areBeside(site, "after an edit of the text after");
      await scroll(site, "after", 400);
      await areBeside(site, "scrolled after that");
      await scroll(site, "before", 300);
      await areBeside(site, "and in the other pane");

      // By hand in the text before.
      await site.page.locator(".pane.before .cm-line:has-text('def plain_')").first().click();
      await site.page.keyboard.press("Home");
      await site.page.keyboard.type("# here\n# too\n");
      await laid(site);
      await areBeside(site, "after an edit of the text before");
      await site.page.keyboard.press("ControlOrMeta+Home");
      await laid(site);
      assert.equal(await top(site, "after"), await top(site, "before"));

      await paste(site, CODE);
      await site.choose("client", "httpx");
      await laid(site);
      await areBeside(site, "with another option");
      await site.page.keyboard.press("ControlOrMeta+End");
      await laid(site);
      await areBeside(site, "at the end");
    },
  ],
  [
    "a finding that is chosen brings both panes to its place",
    async (site) => {
      await site.open();
      await paste(site, `${"# far\n".repeat(200)}${CODE}`);
      await site.page.locator(".finding").last().click();
      await laid(site);
      assert.ok((await top(site, "before")) > 1000);
      await areBeside(site, "at the finding");
    },
  ],
  [
    "files keep their places, and each is laid out anew",
    async (site) => {
      await site.open();
      await site.example("Shop: catalogue, cart and checkout");
      await laid(site);
      await areBeside(site, "the first file");
      await scroll(site, "after", 700);
      const was = await top(site, "before");
      const tabs = site.page.locator(".bar button.name");
      await tabs.nth(1).click();
      await laid(site);
      await areBeside(site, "the second file");
      await tabs.nth(0).click();
      await laid(site);
      assert.ok(Math.abs((await top(site, "before")) - was) < 2);
      await areBeside(site, "the first file again");
    },
  ],
  [
    "one pane at a time, as on phones and with both texts as one, has no room for the other's lines",
    async (site) => {
      await site.open();
      await paste(site, CODE);
      assert.ok((await spacers(site)) > 0);
      await site.page.setViewportSize({ width: 390, height: 800 });
      await laid(site);
      assert.equal(await spacers(site), 0);
      await site.page.setViewportSize({ width: 1280, height: 800 });
      await laid(site);
      assert.ok((await spacers(site)) > 0);
      await areBeside(site, "wide again");
    },
  ],
  [
    "ten thousand lines are laid beside each other without holding up what is typed",
    async (site) => {
      await site.open();
      const long = Array.from({ length: 1000 }, (_, at) => `def view_${at}(request):\n    a = Product.objects.get(pk=${at})\n    b = 1\n    return render(request, "a.html", {"a": a, "b": b})\n\n\n# ${at}\n# more\n# and\n# more\n`).join("");
      await paste(site, `from django.shortcuts import render\nfrom shop.models import Product\n\n\n${long}`);
      await laid(site);
      await scroll(site, "before", 30_000);
      await laid(site);
      await areBeside(site, "far down", 1);
      await site.page.locator(".pane.after .cm-line:has-text('# more')").first().click();
      await site.page.keyboard.type("x\ny\n");
      await laid(site);
      await areBeside(site, "edited there", 1);
    },
  ],
];
