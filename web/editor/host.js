// What the Rust side is given: everything that only JavaScript has.

import { isEmbedded, listen } from "./embedded.js";
import { exportZip, folder, read } from "./files.js";
import { showGuide } from "./guide.js";
import { listenToKeys } from "./keys.js";
import { fromFragment, toFragment } from "./links.js";
import { later } from "./later.js";
import { createPane } from "./pane.js";
import * as store from "./store.js";
import { listenToUpdates } from "./updates.js";

const address = () => location.href.replace(/#.*$/s, "");

function markOwn() {
  try {
    localStorage.setItem("unblocked.own", "1");
  } catch {
    // Storage is refused: the first example is shown for a moment.
  }
}

function saveAs(name, parts, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

let progressing = null;

/** Shows how many of all files are done; without a label, no more. */
function progress(label, done, all, stop) {
  if (label) progressing ??= import("./progress.js");
  progressing?.then(({ show, hide }) => (label ? show(label, done, all, stop) : hide()));
}

/** @param {{link: object | null, saved: string | null}} first what the page starts with */
export function createHost(means, first) {
  /** Work that the browser would not keep. */
  let unsaved = null;
  const save = async (text) => {
    const kept = await store.save(text);
    unsaved = kept ? null : text;
    // For the next visit's first paint, see theme.js.
    if (kept) markOwn();
    return kept;
  };
  /** What is kept nowhere else goes into the address, which the page reads when it is loaded again. */
  const keepForReload = async () => {
    if (unsaved !== null) history.replaceState(null, "", address() + (await toFragment(unsaved)));
  };
  const host = {
    createPane,
    listenToKeys,
    first: () => first,
    bundle: () => means.bundle,

    rules: means.rules,
    guide: (place, act) => showGuide(means, host, place, act),
    project: (place, go) => later(import("./project.js"), ({ showProject }) => showProject(place, go)),
    progress,

    spawnWorker(guides, onMessage, onFail) {
      const worker = means.spawn(guides);
      worker.onmessage = (event) => onMessage(event.data);
      worker.onerror = worker.onmessageerror = (event) => {
        event.preventDefault();
        onFail();
      };
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

    download: (name, text) => saveAs(name, [text], "text/plain;charset=utf-8"),
    downloadZip: async (name, files) => saveAs(name, [await exportZip(files)], "application/zip"),
    read: (source) => read(source, progress),
    folder,
    /** Calls back with a folder that the reader lets the page read, and write to; where there is no such thing, with none. */
    onFolder(callback) {
      if (!window.showDirectoryPicker || isEmbedded) return;
      addEventListener("click", (event) => {
        if (!(event.target instanceof Element) || event.target.id !== "open-folder") return;
        event.preventDefault();
        // Refused, or thought better of.
        window.showDirectoryPicker({ mode: "readwrite" }).then(callback, () => {});
      });
    },
    saveBack: async (files) => (await import("./folder.js")).saveBack(files),

    /** The address of this page with `text` in it. */
    link: async (text) => address() + (await toFragment(text)),
    /** Calls back with what the address holds, whenever another link is opened in this page. */
    onLink(callback) {
      addEventListener("hashchange", async () => {
        const link = await fromFragment(location.hash);
        if (link) callback(link);
      });
      if (isEmbedded) listen(callback);
    },
    /** Takes the link out of the address, as the work is another by now. */
    dropLink() {
      if (location.hash.startsWith("#v")) history.replaceState(null, "", address());
    },

    pause: () => new Promise((done) => setTimeout(done)),
    listenToUpdates: (ready) => listenToUpdates(ready, keepForReload),
    // What is shown in another page is none of the reader's own work.
    save: isEmbedded ? async () => true : save,
    keep: isEmbedded ? async () => true : store.keep,
    snapshots: store.snapshots,
    snapshot: store.snapshot,
    rename: store.rename,
    drop: store.drop,
    /** Calls back when the page may be about to go away. */
    onLeave: (callback) =>
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "hidden") callback();
      }),
  };
  return host;
}
