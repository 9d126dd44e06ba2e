// The worker's script: loads the wasm module that the page has compiled, and starts the engine in it.
self.onmessage = async ({ data: { glue, module } }) => {
  self.onmessage = null;
  try {
    const engine = await import(glue);
    await engine.default({ module_or_path: module });
    engine.worker();
  } catch (error) {
    // A rejected promise would not reach the page's error handler; an error thrown in a task does.
    setTimeout(() => {
      throw error;
    });
  }
};
