// The page inside another page: what the page around may ask of it, and what it is told. See web/embed/embed.js.

import { toFragment } from "./links.js";
import { panes, setReadOnly } from "./pane.js";

const PROTOCOL = 1;
const VIEWS = ["before", "after", "diff", "guide", "assessment"];
const query = new URLSearchParams(location.search);

/** Whether this page is shown inside another one, by its own address. */
export const isEmbedded = query.has("embed");

/** The origin of the page around: of its first message, which has to come from there. */
let origin = null;
let options = {};
let files = null;

const tell = (kind, content) => {
  if (origin) parent.postMessage({ djangoUnblocked: PROTOCOL, kind, ...content }, origin);
};

/** Text before and after of the file on show, and how many findings there are. */
function result() {
  const [before, after] = panes;
  const count = (kind) => Number(document.querySelector(`.filter.${kind} .count`)?.textContent ?? 0);
  return {
    before: before?.shown() ?? "",
    after: after?.shown() ?? "",
    findings: { safe: count("safe"), review: count("review"), manual: count("manual") },
  };
}

function show(view, step) {
  const chosen = VIEWS.includes(view) ? view : "after";
  document.documentElement.dataset.embed = chosen;
  const part = chosen === "assessment" ? "assessment" : chosen === "guide" ? (/^[\w/-]+$/.exec(step ?? "")?.[0] ?? "views") : "";
  const fragment = part && `#step=${part}`;
  if (fragment && location.hash !== fragment) location.hash = fragment;
}

const isText = (value) => typeof value === "string";

/** Does what a message asks for. Whatever it holds is data, checked as a link is. */
function set(data, open) {
  show(isText(data.view) ? data.view : null, isText(data.step) ? data.step : null);
  if (data.theme === "light" || data.theme === "dark") document.documentElement.dataset.theme = data.theme;
  document.documentElement.dataset.embedFixed = String(!!data.fixed);
  setReadOnly(!!data.readOnly);
  const wanted = Object.fromEntries(Object.entries(data.options ?? {}).filter(([, value]) => isText(value)));
  const given = Array.isArray(data.files) ? data.files.filter((file) => isText(file?.path) && isText(file?.text)) : null;
  if (given?.length) files = given;
  if (!files || (!given?.length && JSON.stringify(wanted) === JSON.stringify(options))) return;
  options = wanted;
  // Other options leave what the reader has typed.
  const [before] = panes;
  if (!given?.length && files.length === 1 && before) files = [{ ...files[0], text: before.shown() }];
  open({ version: 1, text: JSON.stringify({ djangoUnblocked: 1, files, options }) });
}

/** Listens to the page around. `open` opens work as a link does. */
export function listen(open) {
  // Again: the page has put its own colors in the meantime.
  begin();
  addEventListener("message", async ({ source, origin: from, data }) => {
    if (source !== parent || parent === window || data?.djangoUnblocked !== PROTOCOL) return;
    origin ??= from;
    if (origin !== from) return;
    if (data.kind === "set") set(data, open);
    else if (data.kind === "result") tell("answer", { id: data.id, value: result() });
    else if (data.kind === "link") {
      const [before] = panes;
      const now = files?.length === 1 && before ? [{ ...files[0], text: before.shown() }] : files;
      const work = JSON.stringify({ djangoUnblocked: 1, files: now ?? [], options });
      tell("answer", { id: data.id, value: location.href.replace(/[?#].*$/s, "") + (await toFragment(work)) });
    }
  });
  const page = document.querySelector("#app");
  new ResizeObserver(() => {
    const { height } = document.querySelector(".page").getBoundingClientRect();
    tell("height", { height: Math.ceil(height) + 2 });
  }).observe(page);
  let last = "";
  new MutationObserver(() => {
    if (document.querySelector('.page[data-engine="idle"]') === null) return;
    const value = result();
    const now = JSON.stringify(value);
    if (now !== last && files) tell("change", { value });
    last = now;
  }).observe(page, { subtree: true, attributes: true, attributeFilter: ["data-engine"], childList: true });
  // Nothing is said but that the page is there: whom it is told is not known yet.
  if (parent !== window) parent.postMessage({ djangoUnblocked: PROTOCOL, kind: "ready" }, "*");
}

/** What a plain frame's address asks for: `index.html?embed=diff&theme=dark&readonly`. */
export function begin() {
  if (!isEmbedded) return;
  show(query.get("embed"), query.get("step"));
  const theme = query.get("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  setReadOnly(query.has("readonly"));
  document.documentElement.dataset.embedFixed = String(parent === window);
}
