// Starts the page: compiles the wasm module once, for page and worker, and gives the page what only JavaScript has.

import { createPane } from "./pane.js";

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

/** What the Rust side is given. The one-file bundle brings its own `spawnWorker`. */
const host = (module) => ({
  createPane,

  spawnWorker(onMessage, onFail) {
    const worker = new Worker(new URL("worker.js", document.baseURI), { type: "module" });
    worker.onmessage = (event) => onMessage(event.data);
    worker.onerror = worker.onmessageerror = (event) => {
      event.preventDefault();
      onFail();
    };
    worker.postMessage({ glue, module });
    return {
      post: (text) => worker.postMessage(text),
      terminate: () => {
        worker.onmessage = worker.onerror = worker.onmessageerror = null;
        worker.terminate();
      },
    };
  },

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  },

  /** The clipboard's text; null where the browser refuses it. */
  async paste() {
    try {
      return await navigator.clipboard.readText();
    } catch {
      return null;
    }
  },

  download(name, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/x-python;charset=utf-8" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  },

  /** Name and text of each file, byte order mark included; a null text when it isn't UTF-8. */
  async read(files) {
    return Promise.all(
      Array.from(files, async (file) => {
        const path = file.webkitRelativePath || file.name;
        try {
          const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
          return { path, text: decoder.decode(await file.arrayBuffer()) };
        } catch {
          return { path, text: null };
        }
      }),
    );
  },
});

try {
  const [engine, module] = await Promise.all([import(glue), compile()]);
  await engine.default({ module_or_path: module });
  engine.page(host(module));
} catch (error) {
  const message = document.createElement("p");
  message.className = "shell-error";
  message.setAttribute("role", "alert");
  message.textContent = `Django Unblocked could not start: ${error.message} Reload the page to try again.`;
  document.querySelector("#app").append(message);
  throw error;
}
