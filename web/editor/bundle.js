// Starts the one-file page: its wasm modules and the worker's script lie in it as text.

import * as page from "glue";
import * as guide from "guide-glue";
import { start } from "./start.js";
import { scriptAddress } from "./trusted.js";

const text = (id) => document.getElementById(id).textContent;

const unpack = (id) => {
  const bytes = Uint8Array.from(atob(text(id).trim()), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
};

const compile = async (id) => WebAssembly.compile(await unpack(id).arrayBuffer());

// A worker's script can't be a file here; this text can. Never revoked: Firefox reads it some time after the start.
const script = scriptAddress(URL.createObjectURL(new Blob([text("worker")], { type: "text/javascript" })));

const engine = compile("engine");

start({
  load: async () => (await page.default({ module_or_path: await compile("page") }), page),
  first: Promise.resolve(),
  rest: async () => {},
  // The engine with the guide, always: one that lacks it would only make the file larger.
  spawn() {
    const worker = new Worker(script);
    engine.then(
      (module) => worker.postMessage({ module }),
      () => worker.dispatchEvent(new Event("error")),
    );
    return worker;
  },
  guide: (() => {
    let shows = null;
    return () => (shows ??= engine.then(async (module) => (await guide.default({ module_or_path: module }), guide)));
  })(),
  rules: () => unpack("rules").text(),
  bundle: null,
});
