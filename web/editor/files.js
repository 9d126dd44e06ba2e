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
      if (next === entry || (WANTED.test(path) && !SKIPPED.test(path))) {
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

/** What is in a zip. Sizes are limited by what the zip says before anything is unpacked, and by what comes of it. */
function unpack(bytes, unzipSync) {
  let [count, total] = [0, 0];
  const refused = [];
  const files = unzipSync(bytes, {
    filter({ name, originalSize }) {
      if (name.endsWith("/") || !WANTED.test(name) || SKIPPED.test(name)) return false;
      count += 1;
      total += originalSize;
      if (count > MOST || originalSize > LARGEST || total > LARGEST_IN_ALL) {
        refused.push(name);
        return false;
      }
      return true;
    },
  });
  return { files: Object.entries(files).map(([path, bytes]) => ({ path, text: decode(bytes) })), refused };
}

/** Takes off the folders that all files lie in, if they are no package: an archive's own folder, mostly. */
function withoutCommonFolder(files) {
  for (;;) {
    const folder = files[0]?.path.split("/", 1)[0];
    const common = files.every(({ path }) => path.startsWith(`${folder}/`));
    if (!common || files.some(({ path }) => path === `${folder}/__init__.py`)) return files;
    if (!files.some(({ path }) => path.slice(folder.length + 1).includes("/"))) return files;
    files = files.map(({ path, text }) => ({ path: path.slice(folder.length + 1), text }));
  }
}

/**
 * Path and text of each file, byte order mark included; a null text when it isn't UTF-8. `source` is what an input
 * has chosen, or what was dropped.
 */
export async function readFiles(source) {
  const listed = [];
  let whole = false;
  if (source instanceof DataTransfer) {
    // All at once: after the first wait the browser has emptied the list.
    const entries = Array.from(source.items, (item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = Array.from(source.files);
    whole = entries.some((entry) => entry.isDirectory);
    for (const entry of entries) await below(entry, listed);
    if (!entries.length) listed.push(...plain.map((file) => ({ path: file.name, file })));
  } else {
    for (const file of source) {
      const path = file.webkitRelativePath || file.name;
      whole ||= path.includes("/");
      if (!path.includes("/") || (WANTED.test(path) && !SKIPPED.test(path))) listed.push({ path, file });
    }
  }
  let files = [];
  const refused = [];
  for (const { path, file } of listed) {
    if (file.size > LARGEST_IN_ALL || (file.size > LARGEST && !isZip(path)) || files.length >= MOST) {
      refused.push(path);
      continue;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (!isZip(path)) {
      files.push({ path, text: decode(bytes) });
      continue;
    }
    whole = true;
    try {
      const { unzipSync } = await zips();
      const unpacked = unpack(bytes, unzipSync);
      files.push(...unpacked.files);
      refused.push(...unpacked.refused);
    } catch {
      files.push({ path, text: null });
    }
  }
  if (whole) files = withoutCommonFolder(files);
  return { files, refused, whole };
}

/** A zip of files, each with its path and text. */
export async function exportZip(files) {
  const { strToU8, zipSync } = await zips();
  return zipSync(Object.fromEntries(files.map(({ path, text }) => [path, strToU8(text)])), { level: 6 });
}
