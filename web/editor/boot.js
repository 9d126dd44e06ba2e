// Starts the site's page. The engine is fetched beside it, what the first view does without behind it, and the guide when it
// is wanted.

import { begin } from "./rest.js";
import { complain, start } from "./start.js";
import { scriptAddress } from "./trusted.js";

/** Names of files, which the build puts on the script's element. */
const names = document.querySelector("script[data-wasm]").dataset;
const at = (name) => new URL(name, document.baseURI).href;

async function compile(name) {
  const response = await fetch(at(name));
  if (!response.ok) throw new Error(`A part of it could not be loaded (${response.status}).`);
  try {
    return await WebAssembly.compileStreaming(response.clone());
  } catch {
    // A static host that serves wasm under another type.
    return WebAssembly.compile(await response.arrayBuffer());
  }
}

/** Modules of workers, each compiled once, however often its worker is replaced. */
const modules = new Map();

function module(name) {
  if (!modules.has(name)) {
    const compiled = compile(name);
    // The next attempt fetches again.
    compiled.catch(() => modules.delete(name));
    modules.set(name, compiled);
  }
  return modules.get(name);
}

const engine = module(names.engineWasm);

let guide = null;

/** What shows the guide: the module that also makes it. */
function showing() {
  guide ??= Promise.all([import(at(names.guideJs)), module(names.guideWasm)]).then(async ([glue, compiled]) => {
    await glue.default({ module_or_path: compiled });
    return glue;
  });
  guide.catch(() => (guide = null));
  return guide;
}

const failed = () => complain("A part of Django Unblocked could not be loaded. Your work is kept: reload the page to go on.");
let join = null;

async function load() {
  const [glue, first] = await Promise.all([import(at(names.js)), compile(names.wasm)]);
  join = await begin(glue, first, names.wasmRest && at(names.wasmRest), failed);
  return glue;
}

let whole = null;

/** Loads what the first view of the page does without. */
function rest() {
  whole ??= names.wasmRest ? module(names.wasmRest).then(join) : Promise.resolve();
  whole.catch(() => (whole = null));
  return whole;
}

/** The rest of the engine, once it is there. */
let tell = null;
const restOfEngine = new Promise((there) => (tell = there));

await start({
  load,
  first: engine,
  rest,
  spawn(guides) {
    const [glue, wasm] = guides ? [names.guideJs, names.guideWasm] : [names.engineJs, names.engineWasm];
    const address = guides || !names.engineRest ? null : at(names.engineRest);
    const worker = new Worker(scriptAddress(at("worker.js")), { type: "module" });
    module(wasm).then(
      (compiled) => {
        worker.postMessage({ glue: at(glue), module: compiled, address });
        restOfEngine.then((rest) => address && worker.postMessage({ rest }));
      },
      () => worker.dispatchEvent(new Event("error")),
    );
    return worker;
  },
  guide: showing,
  rules: () => fetch(at(names.rules)).then((response) => (response.ok ? response.text() : null), () => null),
  bundle: at("django-unblocked.html"),
});

// When the first view has all it needs. What is needed earlier, or could not be had, is loaded then.
engine
  .then(rest)
  .then(() => names.engineRest && module(names.engineRest))
  .then(tell, () => {});
