// The code that the repository's other tests run on real Django, with what must come of it.

import { existsSync, readFileSync, readdirSync } from "node:fs";

const root = new URL("../fixtures/", import.meta.url);
const folders = (path) =>
  readdirSync(new URL(path, root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
const read = (path) => (existsSync(new URL(path, root)) ? readFileSync(new URL(path, root), "utf8") : null);

/** The guide's examples: name, text before, text after (null where none is recorded). */
export const guide = folders("guide/").map((name) => ({
  name,
  before: read(`guide/${name}/before.py`),
  after: read(`guide/${name}/after.py`),
}));

/** Whole projects: name, and path, text before and text after of each module. */
export const realistic = folders("realistic/").map((name) => {
  const golden = existsSync(new URL(`realistic/${name}/after/`, root));
  const files = readdirSync(new URL(`realistic/${name}/`, root))
    .filter((file) => file.endsWith(".py") && file !== "__init__.py")
    .map((file) => {
      const before = read(`realistic/${name}/${file}`);
      return {
        path: `${name}/${file}`,
        before,
        // What a migration leaves alone has no file of its own.
        after: golden ? (read(`realistic/${name}/after/${file}`) ?? before) : null,
      };
    });
  return { name, files };
});

/** Code in which every migration finds something. */
export const VIEW = guide.find(({ name }) => name === "function-view").before;
