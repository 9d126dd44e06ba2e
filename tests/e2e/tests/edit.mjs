// Editing: nothing is lost, whatever is typed where.

import assert from "node:assert/strict";
import { VIEW } from "../fixtures.mjs";

const CRLF = "def view(request):\r\n    return Product.objects.get(pk=1)\r\n";

/** Holds of the one-file page too. */
export const inBundle = true;

export default [
  [
    "the after pane follows what is typed",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+Home");
      await site.page.keyboard.type("# typed 📦\n");
      await site.drawn();
      await site.settled();
      assert.ok((await site.text("after")).startsWith("# typed 📦\n"));
    },
  ],
  [
    "typing over a selection replaces it",
    async (site) => {
      await site.open();
      await site.paste("def view(request):\n    pass\n");
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+Home");
      await site.page.keyboard.press("Shift+End");
      await site.page.keyboard.type("x = 1");
      assert.equal(await site.text("before"), "x = 1\n    pass\n");
    },
  ],
  [
    "an edited after pane takes what is generated later, can be reset, and that can be undone",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      const generated = await site.text("after");
      await site.editor("after").focus();
      await site.page.keyboard.press("ControlOrMeta+End");
      await site.page.keyboard.type("# mine\n");
      await site.page.waitForSelector(".banner:has-text('Edited.')");
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+Home");
      await site.page.keyboard.type("# new\n");
      await site.drawn();
      await site.settled();
      assert.equal(await site.text("after"), `# new\n${generated}# mine\n`);
      await site.page.click("#regenerate");
      await site.page.waitForSelector(".banner", { state: "detached" });
      assert.equal(await site.text("after"), `# new\n${generated}`);
      await site.editor("after").focus();
      await site.page.keyboard.press("ControlOrMeta+z");
      await site.page.waitForSelector(".banner");
      assert.equal(await site.text("after"), `# new\n${generated}# mine\n`);
      // Further undo takes the user's own line out, as if nothing had been generated since.
      for (let presses = 0; presses < 10 && (await site.page.locator(".banner").count()); presses++) {
        await site.page.keyboard.press("ControlOrMeta+z");
        await site.drawn();
      }
      assert.equal(await site.text("after"), `# new\n${generated}`);
    },
  ],
  [
    "changes of the same lines are shown as a conflict, and nothing is lost",
    async (site) => {
      await site.open();
      await site.paste("def view(request):\n    return Product.objects.get(pk=1)\n");
      const generated = await site.text("after");
      await site.editor("after").focus();
      await site.page.keyboard.press("ControlOrMeta+End");
      await site.page.keyboard.press("ArrowUp");
      await site.page.keyboard.press("End");
      await site.page.keyboard.type("  # mine");
      const mine = await site.text("after");
      await site.page.evaluate(() => {
        const { view } = document.querySelector(".pane.before .cm-content").cmTile;
        const at = view.state.doc.toString().indexOf("pk=1");
        view.dispatch({ changes: { from: at, to: at + 4, insert: "pk=2" }, userEvent: "input" });
      });
      await site.page.waitForSelector(".banner:has-text('1 conflict')");
      const conflict = await site.text("after");
      assert.ok(conflict.includes("pk=1)  # mine") && conflict.includes("pk=2)"), conflict);
      await site.page.click("#show-conflict");
      await site.page.click("#take-generated");
      await site.page.waitForSelector(".banner", { state: "detached" });
      assert.equal(await site.text("after"), generated.replace("pk=1", "pk=2"));
      await site.editor("after").focus();
      await site.page.keyboard.press("ControlOrMeta+z");
      await site.page.click("#keep-yours");
      await site.page.waitForSelector(".banner:has-text('Edited.')");
      assert.equal(await site.text("after"), mine);
    },
  ],
  [
    "what is written in the after pane is checked as async code",
    async (site) => {
      await site.open();
      await site.paste(VIEW);
      const type = (from, to) =>
        site.editor("after").evaluate((element, [from, to]) => {
          const { view } = element.cmTile;
          const at = view.state.doc.toString().indexOf(from);
          view.dispatch({ changes: { from: at, to: at + from.length, insert: to }, userEvent: "input" });
        }, [from, to]);
      await type("# Blocking API call", "Product.objects.acount()");
      const facts = (text) => site.page.locator(".pane.after .facts li", { hasText: text });
      await facts(/your text: \d+ finding/).waitFor();
      await site.page.waitForSelector(".pane.after .cm-lint-marker-error");
      await site.page.locator(".pane.after .cm-lint-marker-error").hover();
      await site.page.waitForSelector(".cm-tooltip :text('async/missing-await')");
      await type("Product.objects.acount()", "# Blocking API call");
      await facts("your text").waitFor({ state: "detached" });
      await type("async def product_detail", "# mine\nasync def product_detail");
      await facts("your text: nothing found").waitFor();
      assert.equal(await site.page.locator(".pane.after .cm-lint-marker-error").count(), 0);
    },
  ],
  [
    "a pasted text with CRLF and byte order mark leaves the page with them",
    { permissions: ["clipboard-read", "clipboard-write"] },
    async (site) => {
      await site.open();
      await site.paste(`\ufeff${CRLF}`);
      assert.match(await site.page.textContent(".pane.before .facts"), /CRLF.*BOM/);
      const shown = await site.text("after");
      assert.ok(!shown.includes("\r") && !shown.includes("\ufeff"));
      const expected = `\ufeff${shown.replaceAll("\n", "\r\n")}`;
      assert.equal((await site.download()).text, expected);
      await site.page.click("#copy");
      await site.page.waitForSelector("#copy:has-text('Copied')");
      assert.equal(await site.page.evaluate(() => navigator.clipboard.readText()), expected);
    },
  ],
  [
    "an opened file with mixed line ends keeps each of them",
    async (site) => {
      await site.open();
      const raw = "x = 1\r\ny = 2\nz = 3\r\n";
      await site.page.setInputFiles(".pick input", { name: "m.py", mimeType: "text/plain", buffer: Buffer.from(raw) });
      await site.drawn();
      await site.settled();
      const { name, text } = await site.download();
      assert.equal(name, "m.py");
      assert.equal(text, raw);
    },
  ],
  [
    "a file that is not UTF-8 is refused by name",
    async (site) => {
      await site.open();
      const buffer = Buffer.from([0x78, 0xff, 0xfe, 0x0a]);
      await site.page.setInputFiles(".pick input", { name: "latin.py", mimeType: "text/plain", buffer });
      await site.page.waitForSelector(".notice:has-text('latin.py is not UTF-8')");
      assert.equal(await site.text("before"), VIEW);
    },
  ],
  [
    "hostile text stays text",
    async (site) => {
      await site.open();
      const text = "<script>alert(1)</script></textarea><img src=x onerror=alert(2)>\n# \u202e\u2066 \u0000 ]]>\ndef <b>view</b>(request):\n    pass\n";
      await site.paste(text);
      assert.equal(await site.text("before"), text);
      assert.equal((await site.download()).text, await site.text("after"));
      assert.equal(await site.page.locator("#app img:not(.cm-widgetBuffer), #app script, #app b").count(), 0);
      await site.page.click('.tool[aria-label^="Rename"]');
      await site.page.fill(".rename", "<img src=x onerror=alert(3)>.py");
      await site.page.keyboard.press("Enter");
      await site.drawn();
      assert.equal(await site.page.locator("#app img:not(.cm-widgetBuffer)").count(), 0);
    },
  ],
  [
    "text that is no Python leaves the page at work",
    async (site) => {
      await site.open();
      for (const text of ["", "\n\n", "print 'python 2'\n", "def (:\n\t\u0000", "(".repeat(5000), "é📦\t\r\f"]) {
        await site.paste(text);
        await site.settled();
      }
      await site.paste(VIEW);
      assert.match(await site.text("after"), /product_detail/);
    },
  ],
  [
    "a paste of 5 MB is answered, and typing goes on meanwhile",
    async (site) => {
      await site.open();
      const text = `${VIEW}\n`.repeat(Math.ceil(5e6 / VIEW.length));
      await site.editor("before").focus();
      await site.page.keyboard.press("ControlOrMeta+a");
      await site.editor("before").evaluate((element, text) => {
        const data = new DataTransfer();
        data.setData("text/plain", text);
        element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      }, text);
      await site.page.keyboard.press("ControlOrMeta+Home");
      await site.page.keyboard.type("# on and on\n");
      assert.ok((await site.text("before")).startsWith("# on and on\n"));
      await site.settled(60_000);
      assert.ok((await site.text("after")).startsWith("# on and on\n"));
    },
  ],
];
