// What a visitor has to load before the first result is on the page.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

/** Names on the start-up script's element that nothing is loaded from until it is asked for. */
const LATER = /^(guide-|rules$)|-rest$/;

/** Name and size in bytes, with brotli, of each file that the first view needs. */
export function firstView(dist) {
  const page = readFileSync(join(dist, "index.html"), "utf8");
  const names = new Set(["index.html", "worker.js"]);
  for (const [tag] of page.matchAll(/<(?:script|link)\b[^>]*>/g)) {
    if (/rel="(?:icon|manifest|apple-touch-icon)"/.test(tag)) continue;
    for (const [, attribute, value] of tag.matchAll(/\b(?:data-)?([a-z-]+)="(?:\.\/)?([\w./-]+\.(?:js|css|wasm|json))"/g)) {
      if (!LATER.test(attribute)) names.add(value);
    }
  }
  return Array.from(names, (name) => ({
    name: name.replace(/-(?:[0-9a-f]{16}|[0-9A-Z]{8})(?=[_.])/, ""),
    size: brotliCompressSync(readFileSync(join(dist, name))).length,
  }));
}

/** The same, in all. */
export const total = (files) => files.reduce((sum, { size }) => sum + size, 0);
