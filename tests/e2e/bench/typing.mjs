// At work: keystrokes in a file of 1,000 lines, and what holds the main thread with one of 10,000.

import { code } from "./pages.mjs";

const KEYS = 100;

const at = (list, part) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0;

async function open(browser, target) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(target.url);
  await target.idle(page);
  return page;
}

/** From a keystroke to the after pane that shows it. */
export async function keystrokes(browser, target) {
  const page = await open(browser, target);
  await target.paste(page, code(1000));
  await page.locator(".pane.before .cm-content").focus();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.press("End");
  const { times, typing } = await page.evaluate(async (keys) => {
    const after = document.querySelector(".pane.after .cm-content");
    const times = [];
    const typing = [];
    for (let key = 1; key <= keys; key++) {
      const expected = `# ${"x".repeat(key)}`;
      const start = performance.now();
      const shown = new Promise((done) => {
        const look = () => after.textContent.startsWith(expected) && (observer.disconnect(), done());
        const observer = new MutationObserver(look);
        observer.observe(after, { childList: true, characterData: true, subtree: true });
        document.execCommand("insertText", false, "x");
        typing.push(performance.now() - start);
        look();
      });
      await shown;
      times.push(performance.now() - start);
      await new Promise((done) => setTimeout(done, 50));
    }
    return { times, typing };
  }, KEYS);
  await page.close();
  return {
    "1,000 lines, keystroke to the after pane, median": at(times, 0.5),
    "1,000 lines, keystroke to the after pane, 95th percentile": at(times, 0.95),
    "1,000 lines, keystroke handled on the main thread, 95th percentile": at(typing, 0.95),
  };
}

/** The main thread's tasks while `work` is done: the longest by the clock and in processor time, which a busy machine does not stretch. */
async function tasks(browser, page, work) {
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const threads = new Map();
  const key = ({ pid, tid }) => `${pid} ${tid}`;
  for (const event of traceEvents) {
    if (event.name === "thread_name" && event.args.name === "CrRendererMain") threads.set(key(event), []);
  }
  for (const event of traceEvents) {
    if (/(^|::)RunTask$/.test(event.name) && event.dur) threads.get(key(event))?.push(event);
  }
  // The tab that works, of those that are open.
  const busiest = [...threads.values()].sort((a, b) => sum(b) - sum(a))[0] ?? [];
  const longest = (of) => busiest.reduce((most, event) => Math.max(most, of(event) ?? 0), 0) / 1000;
  return { clock: longest(({ dur }) => dur), processor: longest(({ tdur }) => tdur) };
}

const sum = (events) => events.reduce((total, { dur }) => total + dur, 0);

/** The longest task of the main thread, for each thing that is done with a file of 10,000 lines. */
export async function longFile(browser, target) {
  const page = await open(browser, target);
  const text = code(10_000);
  const before = page.locator(".pane.before .cm-content");
  const acts = {
    "pasted": () => target.paste(page, text),
    "typed into": async () => {
      await before.focus();
      await page.keyboard.press("ControlOrMeta+Home");
      await page.keyboard.press("End");
      await page.keyboard.type("a comment", { delay: 100 });
      await target.idle(page);
    },
    "scrolled": async () => {
      await page.mouse.move(300, 400);
      for (let turn = 0; turn < 10; turn++) {
        await page.mouse.wheel(0, 3000);
        await page.waitForTimeout(100);
      }
    },
    ...target.acts(page),
  };
  const figures = {};
  // In the order in which they are done: each finds what the one before has left.
  for (const [name, act] of Object.entries(acts)) {
    const { clock, processor } = await tasks(browser, page, act);
    figures[`10,000 lines ${name}, longest task, processor time`] = processor;
    figures[`10,000 lines ${name}, longest task, by the clock`] = clock;
  }
  await page.close();
  return figures;
}
