// Lighthouse's scores, for a phone and for a desktop.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import run, { desktopConfig } from "lighthouse";

/** Prints them. It starts a browser of its own, as it wants one to itself. */
export async function lighthouse(site) {
  for (const [name, config] of [["phone", undefined], ["desktop", desktopConfig]]) {
    const profile = mkdtempSync(join(tmpdir(), "unblocked-lighthouse-"));
    const args = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "--no-first-run", "--disable-background-networking"];
    if (process.getuid?.() === 0) args.push("--no-sandbox");
    const chromium = spawn(process.env.CHROMIUM || "chromium", [...args, "about:blank"], { stdio: "ignore" });
    try {
      const port = await portOf(profile);
      const { lhr } = await run(site.url, { port, logLevel: "error", onlyCategories: ["performance", "accessibility", "best-practices"] }, config);
      const scores = Object.values(lhr.categories).map(({ title, score }) => `${title.toLowerCase()} ${Math.round(score * 100)}`);
      const audit = (id) => lhr.audits[id]?.displayValue?.replace("\u00a0", " ") ?? "unknown";
      console.log(
        `Lighthouse ${lhr.lighthouseVersion}, ${name}: ${scores.join(", ")} (largest contentful paint ${audit("largest-contentful-paint")}, ` +
          `total blocking time ${audit("total-blocking-time")}; this machine's benchmark index ${Math.round(lhr.environment.benchmarkIndex)})`,
      );
    } finally {
      const gone = new Promise((done) => chromium.once("exit", done));
      chromium.kill();
      await gone;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

/** The port that the browser has chosen. */
async function portOf(profile) {
  const file = join(profile, "DevToolsActivePort");
  for (let tries = 0; tries < 300; tries++) {
    const port = existsSync(file) ? Number(readFileSync(file, "utf8").split("\n")[0]) : 0;
    if (port) return port;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the browser for Lighthouse did not start");
}
