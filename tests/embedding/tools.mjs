// What the tests of this folder have in common.

import { argument } from "../e2e/harness.mjs";

const counts = { passed: 0, failed: 0 };

/** Runs tests, by their names. */
export async function runAll(tests) {
  const only = argument("only");
  for (const [name, test] of Object.entries(tests)) {
    if (only && !name.includes(only)) continue;
    try {
      await test();
      counts.passed++;
      console.log(`ok      ${name}`);
    } catch (error) {
      counts.failed++;
      console.log(`FAILED  ${name}\n${String(error.stack ?? error).slice(0, 4000).replace(/^/gm, "        ")}`);
    }
  }
}

/** Says how many passed, and ends accordingly. */
export function report(what) {
  console.log(`${what}: ${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed || !counts.passed ? 1 : 0;
}

/** The fenced blocks of a text that name a file, as in ```js worker.js; longer fences may have others in them. */
export function fences(text) {
  const found = text.matchAll(/^(`{3,})\w+ ([\w./-]+)\n(.*?)^\1$/gms);
  return Object.fromEntries(Array.from(found, ([, , name, content]) => [name, content]));
}

/** A module like this one whose memory can grow by no more than `megabytes`. */
export function limitMemory(wasm, megabytes) {
  let at = 8;
  const number = () => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = wasm[at++];
      value |= (byte & 127) << shift;
      shift += 7;
      if (byte < 128) return value >>> 0;
    }
  };
  const bytes = (value) => {
    const list = [];
    do list.push((value & 127) | (value > 127 ? 128 : 0));
    while ((value >>>= 7));
    return list;
  };
  while (at < wasm.length) {
    const start = at;
    const section = wasm[at++];
    const size = number();
    const end = at + size;
    if (section === 5) {
      number();
      number();
      const pages = number();
      const content = [1, 1, ...bytes(pages), ...bytes(pages + megabytes * 16)];
      return Buffer.concat([wasm.subarray(0, start), Buffer.from([5, ...bytes(content.length), ...content]), wasm.subarray(end)]);
    }
    at = end;
  }
  throw new Error("the module has no memory");
}
