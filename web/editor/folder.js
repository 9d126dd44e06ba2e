// A project's folder on this computer, where the browser lets a page write to one: opened, and given its changed files back.
// Loaded with the first.

import { adopt } from "./sheet.js";

adopt(`
#save-back .files-list { max-height: 20rem; overflow: auto; border: 1px solid var(--line); border-radius: var(--radius); }
#save-back li { padding: var(--s1) var(--s2); }
#save-back li + li { border-top: 1px solid var(--line); }
#save-back label { display: flex; align-items: baseline; gap: var(--s2); overflow-wrap: anywhere; }
#save-back .hint { margin-left: auto; flex: none; }
#save-back input { flex: none; min-height: 0; align-self: center; }
#save-back code { unicode-bidi: plaintext; }
`);

/** The folder that was opened last, and its files by the paths that the page has them under. */
let opened = null;

/** All files below a folder, each with its path; folders that `skips` names are left out. */
export async function list(folder, isWanted, skips) {
  const found = [];
  const open = [["", folder]];
  while (open.length) {
    const [path, next] = open.pop();
    for await (const [name, handle] of next.entries()) {
      const at = path + name;
      if (handle.kind === "directory") {
        if (!skips(`${at}/`)) open.push([`${at}/`, handle]);
      } else if (isWanted(at)) {
        found.push({ path: at, file: await handle.getFile(), handle });
      }
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Remembers a folder whose files are open now; gives its name. */
export function remember(folder, files) {
  opened = { folder, files: new Map(files.map(({ path, handle }) => [path, handle])) };
  return folder.name;
}

const same = async (handle, text) => (await (await handle.getFile()).text()) === text.replace(/^\ufeff/, "");

/** Asks which files to write; null when none shall be. */
function confirm(files) {
  const dialog = document.createElement("dialog");
  dialog.id = "save-back";
  dialog.setAttribute("aria-labelledby", "save-back-title");
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "dialog";
  const title = document.createElement("h2");
  title.id = "save-back-title";
  title.textContent = `Save to the folder “${opened.folder.name}”`;
  const list = document.createElement("ul");
  list.className = "files-list";
  const entries = files.map((file) => {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = file.state === "as opened";
    const path = document.createElement("code");
    path.textContent = file.path;
    const label = document.createElement("label");
    label.append(box, path);
    if (file.state !== "as opened") {
      const hint = document.createElement("span");
      hint.className = "hint";
      hint.textContent = file.state;
      label.append(hint);
    }
    const entry = document.createElement("li");
    entry.append(label);
    list.append(entry);
    return { file, box };
  });
  const note = document.createElement("p");
  note.textContent = "These files are overwritten with the code after. Commit or copy the folder first: this can’t be undone here.";
  const actions = document.createElement("div");
  actions.className = "row-actions";
  const save = document.createElement("button");
  save.className = "main";
  save.value = "save";
  const cancel = document.createElement("button");
  cancel.className = "quiet";
  cancel.textContent = "Cancel";
  const count = () => {
    const chosen = entries.filter(({ box }) => box.checked).length;
    save.textContent = chosen === 1 ? "Overwrite 1 file" : `Overwrite ${chosen} files`;
    save.disabled = !chosen;
  };
  list.addEventListener("change", count);
  count();
  actions.append(save, cancel);
  form.append(title, note, list, actions);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "save" ? entries.filter(({ box }) => box.checked).map(({ file }) => file) : null);
    });
  });
}

/**
 * Writes files to the folder that they are from, those that the reader agrees to. Gives what to say of it.
 * @param {{path: string, before: string, after: string}[]} files
 */
export async function saveBack(files) {
  if (!opened) return "No folder is open that this page may write to.";
  const known = await Promise.all(
    files.map(async (file) => {
      const handle = opened.files.get(file.path);
      const asOpened = handle && (await same(handle, file.before).catch(() => false));
      return { ...file, handle, state: !handle ? "not in the folder" : asOpened ? "as opened" : "changed on disk since" };
    }),
  );
  const chosen = await confirm(known);
  if (!chosen) return null;
  const failed = [];
  for (const { path, after, handle } of chosen) {
    try {
      let to = handle;
      if (!to) {
        const parts = path.split("/");
        const name = parts.pop();
        let folder = opened.folder;
        for (const part of parts) folder = await folder.getDirectoryHandle(part, { create: true });
        to = await folder.getFileHandle(name, { create: true });
      }
      const stream = await to.createWritable();
      await stream.write(after);
      await stream.close();
    } catch {
      failed.push(path);
    }
  }
  const saved = chosen.length - failed.length;
  const said = saved === 1 ? "Saved 1 file to the folder." : `Saved ${saved} files to the folder.`;
  return failed.length ? `${said} Not saved: ${failed.join(", ")}.` : said;
}
