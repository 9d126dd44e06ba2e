// What every test needs: the built site on a loopback server, a browser, and words for what a user does.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { chromium } from "playwright-core";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** The folder that the site is served under: it must not need to be at the root of a host. */
const FOLDER = "/some/folder/";

/** Compressed as hosts do it; each file once. */
const packed = new Map();
async function brotli(path) {
  if (!packed.has(path)) {
    const body = await readFile(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
    packed.set(path, await promisify(brotliCompress)(body, { params }));
  }
  return packed.get(path);
}

/** Serves `dist` on loopback; `compressed` as hosts on the web do it. */
export async function serve(dist, { compressed = false } = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://host");
    const path = pathname.startsWith(FOLDER) ? pathname.slice(FOLDER.length) || "index.html" : null;
    try {
      if (path === null || normalize(path).startsWith("..")) throw new Error("outside");
      const packs = compressed && /\.(html|js|css|json|wasm|svg|webmanifest)$/.test(path);
      const body = await (packs ? brotli : readFile)(join(dist, path));
      response.writeHead(200, {
        ...(packs && { "content-encoding": "br" }),
        "content-type": TYPES[extname(path)] ?? "application/octet-stream",
        // As hosts do it: what has a hash in its name never changes.
        "cache-control": /-[0-9a-f]{16}[._]/.test(path) ? "public, max-age=31536000, immutable" : "no-cache",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { dist, origin, url: origin + FOLDER, close: () => new Promise((resolve) => server.close(resolve)) };
}

const BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/usr/bin/chromium-browser",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Starts the browser that `CHROMIUM` names, else an installed one. */
export async function launch() {
  const executablePath = process.env.CHROMIUM || BROWSERS.find((path) => existsSync(path));
  if (!executablePath) throw new Error("No Chromium found: set CHROMIUM to the path of one.");
  const args = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
  ];
  // A sandbox can't be made by root, as in containers.
  if (process.getuid?.() === 0) args.push("--no-sandbox");
  return chromium.launch({ executablePath, args });
}

/** The value of a `--name value` argument. */
export function argument(name) {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** The page as a user sees it. */
export class Site {
  constructor(page, server) {
    this.page = page;
    this.server = server;
    this.problems = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.problems.push(message.text());
    });
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(this.server.url) && !/^(blob|data):/.test(url)) this.problems.push(`asked ${url}`);
    });
  }

  /** Opens the page and waits for its first result. */
  async open() {
    await this.page.goto(this.server.url);
    await this.settled();
    return this;
  }

  /** Waits until the engine has answered everything. */
  async settled(timeout = 30_000) {
    await this.page.waitForSelector('.page[data-engine="idle"]', { timeout });
  }

  editor(side) {
    return this.page.locator(`.pane.${side} .cm-content`);
  }

  /** A pane's whole text, as the editor has it. */
  async text(side) {
    return this.page.evaluate((side) => {
      const content = document.querySelector(`.pane.${side} .cm-content`);
      return content.cmTile.view.state.doc.toString();
    }, side);
  }

  /** Pastes `text` over the whole before text, through the clipboard event that a keyboard paste makes. */
  async paste(text, side = "before") {
    await this.editor(side).focus();
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.editor(side).evaluate((element, text) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
    await this.drawn();
    await this.settled();
  }

  /** Waits until the page has drawn what was just done. */
  async drawn() {
    await this.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
    );
  }

  /** What the download button gives, as bytes. */
  async download() {
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.page.click("#download")]);
    const bytes = await readFile(await download.path());
    return { name: download.suggestedFilename(), text: bytes.toString("utf8") };
  }

  /** Opens an example by its title. */
  async example(title) {
    await this.page.selectOption("#example", { label: title });
    await this.drawn();
    await this.settled();
  }

  /** Sets an option. */
  async choose(id, value) {
    await this.page.selectOption(`#${id}`, value);
    await this.drawn();
    await this.settled();
  }
}
