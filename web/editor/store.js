// What the browser keeps between visits: the work of now, and snapshots of earlier work.

const open = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open("unblocked", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("work");
      request.result.createObjectStore("history", { keyPath: "id", autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error ?? new Error("blocked"));
  });

/** Snapshots that are made without being asked for; older ones make room. */
const KEPT = 30;

/** What is kept as the work of now, as far as this page knows: what it has loaded, or saved itself. */
let known;

let opened = null;

/** Runs `body` in one transaction over both stores, and gives what its request came to. */
async function transact(mode, body) {
  opened ??= open();
  const database = await opened.catch((error) => {
    opened = null;
    throw error;
  });
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(["work", "history"], mode);
    const outcome = body(transaction.objectStore("work"), transaction.objectStore("history"));
    transaction.oncomplete = () => resolve(outcome?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("refused"));
  });
}

/** The work that was last saved; null when there is none, or none can be read. */
export const load = () =>
  transact("readonly", (work) => work.get("now")).then(
    (text) => (known = text ?? null),
    () => null,
  );

function add(history, title, text, named) {
  history.add({ title, text, named, time: Date.now() });
  if (named) return;
  const request = history.getAll();
  request.onsuccess = () => {
    const made = request.result.filter((snapshot) => !snapshot.named);
    for (const { id } of made.slice(0, Math.max(0, made.length - KEPT))) history.delete(id);
  };
}

/** Saves the work of now. What another tab has saved since goes to the snapshots. Whether that worked. */
export const save = (text) =>
  transact("readwrite", (work, history) => {
    const stored = work.get("now");
    stored.onsuccess = () => {
      const other = stored.result;
      if (other !== undefined && other !== known && other !== text) add(history, "Work of another tab", other, false);
      work.put(text, "now");
    };
  }).then(
    () => {
      known = text;
      return true;
    },
    () => false,
  );

/** Keeps a snapshot. Whether that worked. */
export const keep = (title, text, named) =>
  transact("readwrite", (_, history) => void add(history, title, text, named)).then(
    () => true,
    () => false,
  );

/** The snapshots, newest first, without their texts. */
export const snapshots = () =>
  transact("readonly", (_, history) => history.getAll()).then(
    (all) => all.reverse().map(({ id, title, time, named, text }) => ({ id, title, time, named, size: text.length })),
    () => [],
  );

/** A snapshot's text; undefined when it is gone. */
export const snapshot = (id) =>
  transact("readonly", (_, history) => history.get(id)).then(
    (found) => found?.text,
    () => undefined,
  );

/** Gives a snapshot another name, unless that is empty. One with a name of its own is never dropped to make room. */
export const rename = (id, title) =>
  transact("readwrite", (_, history) => {
    const found = history.get(id);
    found.onsuccess = () => {
      if (title && found.result) history.put({ ...found.result, title, named: true });
    };
  }).catch(() => undefined);

/** Drops a snapshot. */
export const drop = (id) => transact("readwrite", (_, history) => history.delete(id)).catch(() => undefined);
