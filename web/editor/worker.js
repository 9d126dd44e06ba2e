// The worker's script: loads the wasm module that the page has compiled, and starts the engine in it.

import { begin } from "./rest.js";

let started = null;

async function start({ glue, module, address }) {
  try {
    const engine = await import(glue);
    const join = await begin(engine, module, address);
    engine.worker();
    return join;
  } catch (error) {
    // A rejected promise would not reach the page's error handler; an error thrown in a task does.
    setTimeout(() => {
      throw error;
    });
    return () => {};
  }
}

self.onmessage = ({ data }) => {
  self.onmessage = null;
  started = start(data);
};

// The rest of the module comes when the page has it; all else is the engine's.
self.addEventListener("message", async ({ data: { rest } }) => {
  if (rest) (await started)(rest);
});
