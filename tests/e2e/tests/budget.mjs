// What the first view costs. The figures depend on nothing but the build, so they are tested.

import assert from "node:assert/strict";
import { firstView, total } from "../first-view.mjs";

/** Bytes with brotli. The aim is 600,000; what is reached is not given up again. */
const MOST = 700_000;

export default [
  [
    "the first view stays within its budget",
    async ({ server: { dist } }) => {
      const files = firstView(dist);
      const list = files.map(({ name, size }) => `${name}: ${size}`).join("\n");
      assert.ok(total(files) <= MOST, `${total(files)} bytes, where ${MOST} are allowed:\n${list}`);
    },
  ],
  [
    "the first view loads nothing that can wait",
    async (site) => {
      const asked = [];
      site.page.on("request", (request) => asked.push(request.url()));
      await site.open();
      // Its modules are in two parts: see parts.mjs for the second ones.
      assert.deepEqual(asked.filter((address) => /guide|rules|\.html$|\.zip$|embed\.js/.test(address)), []);
      assert.ok(asked.some((address) => /engine-.*\.wasm/.test(address)), asked.join("\n"));
    },
  ],
];
