// Starts the one-file page: the same code in the page and in its worker, the wasm module beside it as text.

import * as engine from "glue";
import { start } from "./start.js";

if (typeof document === "undefined") {
  self.onmessage = async ({ data: { module } }) => {
    self.onmessage = null;
    try {
      await engine.default({ module_or_path: module });
      engine.worker();
    } catch (error) {
      // A rejected promise would not reach the page's error handler; an error thrown in a task does.
      setTimeout(() => {
        throw error;
      });
    }
  };
} else {
  const source = document.currentScript.textContent;

  const compile = async () => {
    const binary = atob(document.getElementById("engine").textContent.trim());
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return WebAssembly.compile(await new Response(unpacked).arrayBuffer());
  };

  start({
    load: async () => [engine, await compile()],
    spawn(module) {
      // A worker's script can't be a file here; its own text can.
      const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      const worker = new Worker(address);
      URL.revokeObjectURL(address);
      worker.postMessage({ module });
      return worker;
    },
    bundle: null,
  });
}
