// Starts the one-file page: the wasm module and the worker's script lie in it as text.

import * as engine from "glue";
import { start } from "./start.js";

const text = (id) => document.getElementById(id).textContent;

async function compile() {
  const bytes = Uint8Array.from(atob(text("engine").trim()), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(unpacked).arrayBuffer());
}

// A worker's script can't be a file here; this text can. Never revoked: Firefox reads it some time after the start.
const worker = URL.createObjectURL(new Blob([text("worker")], { type: "text/javascript" }));

start({
  load: async () => [engine, await compile()],
  spawn(module) {
    const started = new Worker(worker);
    started.postMessage({ module });
    return started;
  },
  bundle: null,
});
