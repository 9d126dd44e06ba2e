// From a keystroke to the after pane that shows it, for a file of 1,000 lines: node bench.mjs --dist DIR

import { firstView, total } from "./first-view.mjs";
import { realistic } from "./fixtures.mjs";
import { Site, argument, launch, serve } from "./harness.mjs";

const LINES = 1000;
const KEYS = 100;

/** A views file of `LINES` lines: a real one again and again, each time under other names. */
function code() {
  const views = realistic.flatMap(({ files }) => files).find(({ path }) => path.endsWith("views.py")).before;
  const lines = [];
  for (let copy = 0; lines.length < LINES; copy++) {
    lines.push(...views.replace(/^(def|class) (\w+)/gm, `$1 $2_${copy}`).split("\n"));
  }
  return `# \n${lines.slice(0, LINES - 2).join("\n")}\n`;
}

const dist = argument("dist");
if (!dist) {
  console.error("usage: node bench.mjs --dist DIR");
  process.exit(2);
}
const view = firstView(dist);
const kilobytes = (size) => (size / 1000).toFixed(1);
console.log(`first view, with brotli: ${kilobytes(total(view))} kB (${view.map(({ name, size }) => `${name} ${kilobytes(size)}`).join(", ")})`);
const server = await serve(dist);
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const site = await new Site(page, server).open();
  await site.paste(code());
  await site.editor("before").focus();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("End");
  const { times, typing, long } = await page.evaluate(async (keys) => {
    const after = document.querySelector(".pane.after .cm-content");
    const times = [];
    const typing = [];
    const long = [];
    new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration))).observe({
      type: "longtask",
    });
    for (let key = 1; key <= keys; key++) {
      const expected = `# ${"x".repeat(key)}`;
      const start = performance.now();
      const shown = new Promise((done) => {
        const observer = new MutationObserver(() => {
          if (!after.textContent.startsWith(expected)) return;
          observer.disconnect();
          done();
        });
        observer.observe(after, { childList: true, characterData: true, subtree: true });
      });
      document.execCommand("insertText", false, "x");
      typing.push(performance.now() - start);
      await shown;
      times.push(performance.now() - start);
      await new Promise((done) => setTimeout(done, 50));
    }
    return { times, typing, long };
  }, KEYS);
  const at = (list, part) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))];
  const figure = (list) => `median ${at(list, 0.5).toFixed(1)} ms, p95 ${at(list, 0.95).toFixed(1)} ms`;
  console.log(`keystroke to after pane, ${LINES} lines: ${figure(times)} (${KEYS} keystrokes)`);
  console.log(`keystroke handled on the main thread: ${figure(typing)}`);
  console.log(`long tasks while typing: ${long.length}${long.length ? `, longest ${Math.max(...long).toFixed(0)} ms` : ""}`);
} finally {
  await browser.close();
  await server.close();
}
