// A first view, without a browser: which functions of the page's and the engine's modules it takes.
//
// Run as a worker of Node's, for a device where a message is `pause` milliseconds on its way, and what is done between two
// looks at the clock takes `look`. Time is told here and what the page is given is fixed, so that each run is like the other.

import { parentPort, workerData } from "node:worker_threads";
import { observed, ran } from "./split.mjs";

const { pause, look, modules } = workerData;

/** What is due, and when. */
const due = [];
let [now, count] = [0, 0];

function plan(task, wait = 0, every = null) {
  due.push({ id: ++count, at: now + wait, every, task });
  return count;
}

const cancel = (id) => {
  const at = due.findIndex((it) => it.id === id);
  if (at >= 0) due.splice(at, 1);
};

/** Lets this many milliseconds pass. */
const turn = setImmediate;
async function pass(milliseconds) {
  const end = now + milliseconds;
  for (;;) {
    // What promises have led to comes before any timer.
    await new Promise((done) => turn(done));
    const next = due.reduce((first, it) => (it.at <= end && (!first || it.at < first.at) ? it : first), null);
    if (!next) break;
    now = next.at;
    if (next.every === null) cancel(next.id);
    else next.at += next.every;
    next.task();
  }
  now = end;
}

class Target {
  addEventListener() {}
  removeEventListener() {}
}

class Node extends Target {
  parentNode = null;
  childNodes = [];
  get parentElement() {
    return this.parentNode;
  }
  get lastChild() {
    return this.childNodes.at(-1) ?? null;
  }
  get nextSibling() {
    const { childNodes } = this.parentNode ?? { childNodes: [] };
    return childNodes[childNodes.indexOf(this) + 1] ?? null;
  }
  insertBefore(node, before) {
    node.parentNode?.removeChild(node);
    const at = before ? this.childNodes.indexOf(before) : this.childNodes.length;
    this.childNodes.splice(at, 0, node);
    node.parentNode = this;
    return node;
  }
  removeChild(node) {
    this.childNodes.splice(this.childNodes.indexOf(node), 1);
    node.parentNode = null;
    return node;
  }
}

class Text extends Node {
  constructor(value) {
    super();
    this.nodeValue = value;
  }
}

class Element extends Node {
  constructor(name, namespaceURI) {
    super();
    Object.assign(this, { name, namespaceURI });
  }
  setAttribute() {}
  removeAttribute() {}
  focus() {}
  scrollIntoView() {}
  cloneNode() {
    return new this.constructor(this.name, this.namespaceURI);
  }
  get text() {
    return this.childNodes.map((it) => it.nodeValue ?? it.text).join("");
  }
}

class Input extends Element {}
class Select extends Element {}

const HTML = "http://www.w3.org/1999/xhtml";
const root = new Element("div", HTML);
const document = Object.assign(new Target(), {
  documentElement: new Element("html", HTML),
  createElement: (name) => new ({ input: Input, select: Select }[name] ?? Element)(name, HTML),
  createElementNS: (namespace, name) => new Element(name, namespace),
  createTextNode: (text) => new Text(text),
  getElementById: () => root,
});

const stored = new Map();
const globals = {
  self: globalThis,
  window: globalThis,
  document,
  location: { hash: "" },
  localStorage: { getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value), removeItem: (name) => stored.delete(name) },
  addEventListener() {},
  removeEventListener() {},
  setTimeout: plan,
  clearTimeout: cancel,
  setInterval: (task, wait) => plan(task, wait, wait),
  clearInterval: cancel,
  Window: class {
    static [Symbol.hasInstance] = (value) => value === globalThis;
  },
  Element,
  HTMLInputElement: Input,
  HTMLSelectElement: Select,
  ShadowRoot: class {},
};
for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
// Each look at the clock takes a while on a slow device: the page then lets others have their turn.
Date.now = () => (now += look);

const instances = {};

/** Starts a module of the site. */
async function started(name) {
  const { glue, module } = modules[name];
  const made = await import(`data:text/javascript,${encodeURIComponent(glue)}`);
  instances[name] = made.initSync({ module: observed(module) });
  return made;
}

/** A pane: files by their numbers, the one on show, what it says when code is typed into it. */
function createPane(parent, { changes }, onChange) {
  const texts = new Map();
  let shown = null;
  const pane = {
    show(file, text) {
      if (!texts.has(file)) texts.set(file, text);
      shown = file;
    },
    compare() {},
    forget: (file) => texts.delete(file),
    text: (file) => texts.get(file) ?? "",
    setText: (file, text) => texts.set(file, text),
    setReport() {},
    reveal() {},
    focus() {},
    shown: () => texts.get(shown),
    type(text) {
      const from = texts.get(shown).length;
      texts.set(shown, texts.get(shown) + text);
      onChange(shown, changes ? [{ from, to: from, insert: text }] : texts.get(shown));
    },
  };
  panes.push(pane);
  return pane;
}

const panes = [];
let leave = null;
const said = [];

function spawnWorker(_guides, onMessage) {
  // Each message is long on its way: what the first has led to is done before the next one comes.
  const onItsWay = () => {
    let last = 0;
    return (task) => {
      last = Math.max(last, now) + pause;
      plan(task, last - now);
    };
  };
  const [toPage, toEngine] = [onItsWay(), onItsWay()];
  globalThis.postMessage = (text) => {
    said.push(text);
    toPage(() => onMessage(text));
  };
  plan(() => engine.worker(), pause);
  return { post: (text) => toEngine(() => globalThis.onmessage({ data: text })), terminate() {} };
}

const kept = async () => true;
const host = {
  createPane,
  spawnWorker,
  listenToKeys: () => "Ctrl",
  listenToUpdates() {},
  first: () => ({ link: null, saved: null }),
  bundle: () => "django-unblocked.html",
  rules: async () => null,
  progress() {},
  onFolder() {},
  folder: () => undefined,
  pause: async () => {},
  onLink() {},
  dropLink() {},
  onLeave: (leaves) => (leave = leaves),
  save: kept,
  keep: kept,
  snapshots: async () => [],
};

const engine = await started("engine");
const page = await started("page");
page.page(host);
await pass(5000 + 10 * pause + 1000 * look);
leave();
await pass(5000);
const [, after] = panes;
if (!after?.shown().includes("async def")) throw new Error(`the trial shows no result: ${said.join("\n")}\n${root.text}`);
parentPort.postMessage(Object.fromEntries(Object.entries(instances).map(([name, instance]) => [name, ran(instance)])));
