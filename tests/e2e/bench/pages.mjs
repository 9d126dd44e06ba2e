// The pages that are measured: this one, and the bare editor beside it.

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { realistic } from "../fixtures.mjs";

const web = fileURLToPath(new URL("../../../web/", import.meta.url));

/** A views file of so many lines: a real one again and again, each time under other names. */
export function code(count) {
  const views = realistic.flatMap(({ files }) => files).find(({ path }) => path.endsWith("views.py")).before;
  const lines = [];
  for (let copy = 0; lines.length < count; copy++) {
    lines.push(...views.replace(/^(def|class) (\w+)/gm, `$1 $2_${copy}`).split("\n"));
  }
  return `# \n${lines.slice(0, count - 2).join("\n")}\n`;
}

/** Two panes, of which the second shows what is typed into the first. */
const PEER = `
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { LanguageSupport, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const extensions = [
  EditorView.cspNonce.of("cm6"), EditorView.theme({ "&": { height: "90vh" } }), new LanguageSupport(pythonLanguage),
  syntaxHighlighting(classHighlighter), lineNumbers(), history(), drawSelection(), bracketMatching(),
  keymap.of([...defaultKeymap, ...historyKeymap]),
];
const pane = (name, more) => new EditorView({ parent: document.querySelector(name), extensions: [extensions, more] });
const after = pane(".after", []);
const before = pane(".before", EditorView.updateListener.of((update) => {
  if (update.docChanged) after.dispatch({ changes: update.changes });
}));
before.dispatch({ changes: { from: 0, insert: "def view(request):\\n    return HttpResponse()\\n" } });
document.querySelector("main").dataset.engine = "idle";
`;

/** Puts the bare editor's page in a folder. */
export async function buildPeer(folder) {
  const { build } = await import(pathToFileURL(createRequire(join(web, "build.mjs")).resolve("esbuild")));
  await build({
    stdin: { contents: PEER, resolveDir: web },
    outfile: join(folder, "peer.js"),
    bundle: true,
    minify: true,
    format: "esm",
    logLevel: "error",
  });
  writeFileSync(
    join(folder, "index.html"),
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Editor</title>
    <link rel="icon" href="data:,"><h1>Editor</h1><main class="page" style="display: grid; grid-template-columns: 1fr 1fr"><section class="pane before"></section>
    <section class="pane after"></section></main><script type="module" src="peer.js"></script></html>`,
  );
}

/** This page. */
export class Own {
  constructor(server) {
    this.url = server.url;
  }

  /** Waits until nothing is left to be done. */
  idle(page) {
    return page.waitForSelector('.page[data-engine="idle"]', { timeout: 120_000 });
  }

  /** Puts a text in the place of the one before, as a paste does. */
  async paste(page, text) {
    const editor = page.locator(".pane.before .cm-content");
    await editor.focus();
    await page.keyboard.press("ControlOrMeta+a");
    await editor.evaluate((element, text) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
    await page.waitForTimeout(100);
    await this.idle(page);
  }

  /** What else can be done here with a long file. */
  acts(page) {
    const then = (act) => async () => {
      await act();
      await page.waitForTimeout(1000);
    };
    return {
      "its functions listed": then(() => page.click(".tab:has-text('Functions')")),
      "both texts shown as one": then(() => page.click("#unify")),
    };
  }
}

/** The bare editor's page, which is used in the same way. */
export class Bare extends Own {
  acts() {
    return {};
  }
}
