// A first visit on a slow phone: Lighthouse's mobile network and processor, of the browser's own emulation.

const ROUNDS = 3;
const NETWORK = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const SLOWER = 4;

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

/** Largest paint, blocking time and the first result; medians. */
export async function loading(browser, target) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await visit(browser, target));
  return Object.fromEntries(Object.keys(rounds[0]).map((name) => [`slow phone, ${name}`, median(rounds.map((one) => one[name]))]));
}

async function visit(browser, target) {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, isMobile: true, serviceWorkers: "block" });
  try {
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send("Network.enable");
    await cdp.send("Network.emulateNetworkConditions", NETWORK);
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    await page.addInitScript(() => {
      const seen = (window.seen = { largest: 0, first: 0, tasks: [], ready: 0 });
      const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
      watch("largest-contentful-paint", (entry) => { seen.largest = entry.startTime; });
      watch("paint", (entry) => { if (entry.name === "first-contentful-paint") seen.first = entry.startTime; });
      watch("longtask", ({ startTime, duration }) => seen.tasks.push([startTime, duration]));
      new MutationObserver(() => {
        if (!seen.ready && document.querySelector('.page[data-engine="idle"]')) seen.ready = performance.now();
      }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-engine"] });
    });
    await page.goto(target.url);
    await page.waitForFunction(() => window.seen.ready, null, { timeout: 120_000, polling: 100 });
    await page.waitForTimeout(1500);
    const { largest, first, tasks, ready } = await page.evaluate(() => window.seen);
    const blocking = tasks.filter(([start]) => start >= first).map(([, duration]) => duration - 50);
    return {
      "first contentful paint": first,
      "largest contentful paint": largest,
      "total blocking time": blocking.reduce((sum, more) => sum + more, 0),
      "engine ready, first result shown": ready,
    };
  } finally {
    await context.close();
  }
}
