// Files that come to the page and leave it: single ones, folders, zips.

/** Zips are seldom seen: what knows them is loaded with the first. */
const zips = () => import("fflate");

/** What is read of a folder or a zip: what the engine learns from, and work that was saved. */
const WANTED = new RegExp(
  [
    "\\.(py|pyi|html?|jinja2?|j2|djhtml|service|sh)$",
    "(^|/)templates/.*\\.(txt|xml)$",
    "(requirements|constraints)[^/]*(/[^/]*)?\\.(txt|in|pip)$",
    "(^|/)(pyproject\\.toml|setup\\.cfg|Pipfile|Procfile|Dockerfile[^/]*|[^/]*\\.dockerfile)$",
    "nginx.*\\.conf$",
    "(^|/)(docker-)?compose[^/]*\\.ya?ml$",
    "\\.unblocked\\.json$",
  ].join("|"),
  "i",
);
/** What holds no code of the project's own. */
const SKIPPED =
  /(^|\/)(\.[^/]+|__pycache__|__MACOSX|node_modules|site-packages|venv|env|virtualenv|migrations|build|dist|staticfiles)\//;

/** Limits against files that would only fill the memory. */
const MOST = 5_000;
const LARGEST = 20_000_000;
const LARGEST_IN_ALL = 200_000_000;

const isWanted = (path) => WANTED.test(path) && !SKIPPED.test(path);
const isZip = (name) => /\.zip$/i.test(name);

function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The files below what was dropped, each with its path from there on. */
async function below(entry, found) {
  // No recursion: a folder may be as deep as it likes.
  const open = [entry];
  while (open.length && found.length <= MOST * 4) {
    const next = open.pop();
    const path = next.fullPath.replace(/^\//, "");
    if (next.isFile) {
      if (next === entry || isWanted(path)) {
        found.push({ path, file: await new Promise((resolve, reject) => next.file(resolve, reject)) });
      }
    } else if (!SKIPPED.test(`${path}/`)) {
      const reader = next.createReader();
      for (;;) {
        // A browser gives a hundred at a time.
        const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        if (!entries.length) break;
        open.push(...entries);
      }
    }
  }
}

/** Takes off the folders that all files lie in, if they are no package: an archive's own folder, mostly. */
function withoutCommonFolder(files) {
  for (;;) {
    const folder = files[0]?.path.split("/", 1)[0];
    const common = files.every(({ path }) => path.startsWith(`${folder}/`));
    if (!common || files.some(({ path }) => path === `${folder}/__init__.py`)) return;
    if (!files.some(({ path }) => path.slice(folder.length + 1).includes("/"))) return;
    for (const file of files) file.path = file.path.slice(folder.length + 1);
  }
}

/** The files of an open or a drop, each with its path: what an input has chosen, or what was dropped. */
async function list(source) {
  const listed = [];
  if (source.kind === "directory") {
    const folder = await import("./folder.js");
    return { listed: await folder.list(source, isWanted, (path) => SKIPPED.test(path)), whole: true, remember: (files) => folder.remember(source, files) };
  }
  if (!(source instanceof DataTransfer)) {
    for (const file of source) {
      const path = file.webkitRelativePath || file.name;
      if (!path.includes("/") || isWanted(path)) listed.push({ path, file });
    }
    return { listed, whole: Array.from(source).some((file) => file.webkitRelativePath) };
  }
  // All at once: after the first wait the browser has emptied the list.
  const entries = Array.from(source.items, (item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = Array.from(source.files);
  for (const entry of entries) await below(entry, listed);
  if (!entries.length) listed.push(...plain.map((file) => ({ path: file.name, file })));
  return { listed, whole: entries.some((entry) => entry.isDirectory) };
}

/** Bytes and files that are handed over at once: more would keep the page from drawing. */
const AT_ONCE = 250_000;
const FILES_AT_ONCE = 24;

/** The name of the folder that all open files are from, if they can be written back to it. */
let written = null;
export const folder = () => written ?? undefined;

/** Files on their way to the page, which takes them some at a time, so that it never stands still. */
class Reading {
  #source;
  #progress;
  #files = null;
  #at = 0;
  #stopped = false;
  #refused = [];
  #whole = false;
  #remember;

  constructor(source, progress) {
    this.#source = list(source);
    this.#progress = progress;
  }

  /** Finds out which files there are, those in zips included. */
  async #start() {
    const { listed, whole, remember } = await this.#source;
    this.#whole = whole;
    this.#remember = remember;
    const files = [];
    for (const { path, file, handle } of listed) {
      if (isZip(path) && file.size <= LARGEST_IN_ALL) {
        this.#whole = true;
        try {
          const { entries } = await import("./unzip.js");
          files.push(...(await entries(file)).filter(({ path }) => isWanted(path)));
        } catch {
          files.push({ path, size: 0, bytes: async () => null });
        }
      } else {
        files.push({ path, size: file.size, handle, bytes: async () => new Uint8Array(await file.arrayBuffer()) });
      }
    }
    let total = 0;
    this.#files = files.filter(({ path, size }, at) => {
      total += size;
      const fits = at < MOST && size <= LARGEST && total <= LARGEST_IN_ALL;
      if (!fits) this.#refused.push(path);
      return fits;
    });
    if (this.#whole) withoutCommonFolder(this.#files);
  }

  /** Path and text of some more files, byte order mark included, a null text when it isn't UTF-8; null at the end. */
  async next() {
    if (!this.#files) await this.#start();
    const some = [];
    for (let size = 0; size < AT_ONCE && some.length < FILES_AT_ONCE && this.#at < this.#files.length; this.#at++) {
      const file = this.#files[this.#at];
      some.push(file);
      size += file.size;
    }
    if (!some.length || this.#stopped) {
      this.#progress(null);
      return null;
    }
    this.#progress("Opening", this.#at, this.#files.length, () => (this.#stopped = true));
    return Promise.all(
      some.map(async ({ path, bytes }) => {
        const content = await bytes().catch(() => null);
        return { path, text: content && decode(content) };
      }),
    );
  }

  /** What is to know when all are read; null when the reader has stopped it. */
  end() {
    if (!this.#stopped && this.#whole) {
      written = this.#remember?.(this.#files) ?? null;
    }
    return this.#stopped ? null : { refused: this.#refused, whole: this.#whole };
  }
}

/** Starts to read what an input has chosen, or what was dropped. */
export const read = (source, progress) => new Reading(source, progress);

/** A zip of files, each with its path and text. */
export async function exportZip(files) {
  const { strToU8, zipSync } = await zips();
  return zipSync(Object.fromEntries(files.map(({ path, text }) => [path, strToU8(text)])), { level: 6 });
}
