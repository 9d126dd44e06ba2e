// Starts the site's page: compiles the wasm module once, for page and worker.

import { start } from "./start.js";

const { js, wasm } = document.querySelector("script[data-wasm]").dataset;
const glue = new URL(js, document.baseURI).href;

async function compile() {
  const response = await fetch(new URL(wasm, document.baseURI));
  if (!response.ok) throw new Error(`The engine could not be loaded (${response.status}).`);
  try {
    return await WebAssembly.compileStreaming(response.clone());
  } catch {
    // A static host that serves wasm under another type.
    return WebAssembly.compile(await response.arrayBuffer());
  }
}

start({
  load: () => Promise.all([import(glue), compile()]),
  spawn(module) {
    const worker = new Worker(new URL("worker.js", document.baseURI), { type: "module" });
    worker.postMessage({ glue, module });
    return worker;
  },
  bundle: new URL("django-unblocked.html", document.baseURI).href,
});
