// What the package has, wherever it runs. `index.js` and `node.js` differ in where the engine's WebAssembly comes from.

import { Engine, __wbg_reset_state, initSync as instantiate } from "./engine.js";

/** What went wrong, by `code`. */
export class UnblockedError extends Error {
  constructor(code, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "UnblockedError";
    this.code = code;
  }
}

/** Counts engines: one that has failed is replaced. None yet at 0. */
let engine = 0;
let starting = null;

function begin(module) {
  if (engine) return;
  instantiate({ module });
  engine = 1;
}

/** Starts the engine from what `find` gives, once; after a failure it may be tried again. */
export function start(find) {
  if (engine) return Promise.resolve();
  starting ??= Promise.resolve()
    .then(find)
    .then(compile)
    .then(begin)
    .catch((error) => {
      starting = null;
      throw new UnblockedError("not-loaded", `the engine could not be loaded: ${error?.message ?? error}`, error);
    });
  return starting;
}

async function compile(source) {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  const response = typeof source === "string" || source instanceof URL ? await fetch(source) : source;
  if (typeof response?.arrayBuffer !== "function") {
    throw new TypeError("an address, a response, bytes or a compiled module is needed");
  }
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  // Not streamed: a static host may serve it under any type.
  return WebAssembly.compile(await response.arrayBuffer());
}

/** Starts the engine at once, from its bytes or a compiled module. */
export function initSync(source) {
  if (engine) return;
  try {
    begin(source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source));
  } catch (error) {
    throw new UnblockedError("not-loaded", `the engine could not be loaded: ${error?.message ?? error}`, error);
  }
}

/** Whether an error says that WebAssembly itself stopped: no memory is left, or something in the engine is wrong. */
const hasStopped = (error) => error instanceof WebAssembly.RuntimeError || error instanceof RangeError;

/** Does something with the engine. What it answers or throws is what the package promises. */
function run(work) {
  if (!engine) throw new UnblockedError("not-started", "the engine has not been started: await init() first");
  try {
    return work();
  } catch (error) {
    if (error instanceof UnblockedError) throw error;
    if (!hasStopped(error)) throw new UnblockedError("invalid-options", error?.message ?? String(error), error);
    engine += 1;
    __wbg_reset_state();
    throw new UnblockedError("engine-failed", `the engine has failed, and was started again: ${error.message}`, error);
  }
}

const isText = (value) => typeof value === "string";

const text = (value, what) => {
  if (!isText(value)) throw new UnblockedError("invalid-source", `${what} is ${value === null ? "null" : typeof value}, not a string`);
  return value;
};

/** Path and text of each file of a source. */
function filesOf(source) {
  if (isText(source)) return [["views.py", source]];
  if (source === null || typeof source !== "object") {
    throw new UnblockedError("invalid-source", "code is a string, or an object of strings by path");
  }
  return Object.entries(source);
}

/** Only what was given: `undefined` is what is left out. */
const given = (values) =>
  values && typeof values === "object" ? Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) : values;

/** Files that are edited and asked about again and again. */
export class Workspace {
  #engine;
  #number;
  #defaults;

  /** @param source what `migrate` takes; empty when it is left out */
  constructor(source = {}) {
    const files = filesOf(source).map(([path, content]) => [path, text(content, path)]);
    // A text by itself is a paste: it may have callers elsewhere, and may be bare statements.
    this.#defaults = isText(source) ? { world: "open", bareStatements: true } : { world: "closed" };
    run(() => {
      this.#engine = new Engine();
      this.#number = engine;
      for (const [path, content] of files) this.#engine.setFile(path, content);
    });
  }

  #run(work) {
    return run(() => {
      if (!this.#engine) throw new UnblockedError("freed", "this workspace has been freed");
      if (this.#number !== engine) {
        throw new UnblockedError("workspace-lost", "the engine has failed since this workspace was made: make a new one");
      }
      return work(this.#engine);
    });
  }

  #options(options) {
    if (options !== undefined && options !== null && typeof options !== "object") {
      throw new UnblockedError("invalid-options", `options are an object, not a ${typeof options}`);
    }
    return { ...this.#defaults, ...given(options) };
  }

  setFile(path, content) {
    text(path, "the path");
    text(content, path);
    this.#run((engine) => engine.setFile(path, content));
  }

  editFile(path, from, to, insert) {
    text(path, "the path");
    text(insert, "what is inserted");
    const fits = (place) => Number.isInteger(place) && place >= 0 && place < 2 ** 31;
    return this.#run((engine) => fits(from) && fits(to) && engine.editFile(path, from, to, insert));
  }

  removeFile(path) {
    text(path, "the path");
    this.#run((engine) => engine.removeFile(path));
  }

  analyze(options) {
    return this.#run((engine) => engine.analyze(this.#options(options)));
  }

  migrate(options) {
    return this.#run((engine) => engine.migrate(this.#options(options)));
  }

  guide(options, answers) {
    return this.#run((engine) => engine.guide(this.#options(options), given(answers)));
  }

  free() {
    if (this.#engine && this.#number === engine) this.#engine.free();
    this.#engine = null;
  }
}

const once = (source, ask) => {
  const workspace = new Workspace(source ?? null);
  try {
    return ask(workspace);
  } finally {
    workspace.free();
  }
};

export const analyze = (source, options) => once(source, (workspace) => workspace.analyze(options));
export const migrate = (source, options) => once(source, (workspace) => workspace.migrate(options));
export const guide = (source, options, answers) => once(source, (workspace) => workspace.guide(options, answers));
export const rules = () => run(() => Engine.rules());
