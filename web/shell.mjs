// The code that a first visitor reads while the page is still loading: the first example, before and after.

import { readFileSync } from "node:fs";

const text = (name) =>
  readFileSync(new URL(`../tests/fixtures/guide/function-view/${name}.py`, import.meta.url), "utf8")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;");

/** Puts it into the page. */
export const withCode = (page) =>
  ["before", "after"].reduce((page, name) => page.replace(`<pre class="shell-code ${name}">`, (start) => `${start}\n${text(name)}`), page);
