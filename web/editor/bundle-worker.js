// The worker of the one-file page. The module comes from the page, which has compiled it.

import * as engine from "glue";

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
