// All files of a project, by what changes in them: with counts, a filter, and a way to each. Loaded when it is looked at.

import { adopt } from "./sheet.js";

adopt(`
.project {
  grid-column: 1 / -1;
  display: flex;
  flex-direction: column;
  min-height: 0;
}
.project-head {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: var(--s1) var(--s3);
  padding: var(--s2) var(--s3);
  border-bottom: 1px solid var(--line);
}
.project-head input {
  flex: 0 1 20rem;
  min-width: 8rem;
  min-height: 2rem;
  padding: 0 var(--s2);
  border: 1px solid var(--line-strong);
  border-radius: var(--radius);
  background: var(--code-bg);
}
.project-head p { color: var(--muted); font-size: var(--t1); font-variant-numeric: tabular-nums; }
.project-groups { flex: 1; min-height: 0; overflow: auto; }
.project-groups summary {
  position: sticky;
  top: 0;
  z-index: 1;
  padding: var(--s2) var(--s3);
  background: var(--bg-raised);
  border-bottom: 1px solid var(--line);
  font-weight: 650;
  cursor: pointer;
}
.project-groups summary .hint { font-weight: 400; }
.project-groups details:not([open]) + details summary { border-top: 0; }
.project-row {
  display: grid;
  grid-template-columns: minmax(0, 1fr) auto auto;
  align-items: baseline;
  gap: var(--s1) var(--s3);
  width: 100%;
  padding: var(--s1) var(--s3) var(--s1) var(--s5);
  border-radius: 0;
  text-align: left;
  content-visibility: auto;
  contain-intrinsic-height: auto 1.75rem;
}
.project-row:focus-visible { outline-offset: -2px; }
.project-row[aria-current] { background: var(--bg-chosen); box-shadow: inset 3px 0 0 var(--accent); }
.project-row .path { font-family: var(--mono); overflow-wrap: anywhere; unicode-bidi: plaintext; }
.project-row .path .folder { color: var(--muted); }
.project-row .edits { color: var(--muted); font-size: var(--t0); text-align: right; white-space: nowrap; }
.project-row .kinds { display: flex; gap: var(--s1); justify-content: flex-end; min-width: 7rem; }
.project-row .badge { min-width: 0; font-variant-numeric: tabular-nums; }
li.project-row { padding-left: var(--s5); }
@media (max-width: 51.99rem) {
  .project-groups { overflow: visible; }
  .project-row { grid-template-columns: minmax(0, 1fr) auto; padding-left: var(--s3); }
  .project-row .edits { grid-area: 2 / 1; text-align: left; }
  .project-row .kinds { grid-area: 1 / 2 / 3; align-self: center; min-width: 0; }
}
`);

const GROUPS = [
  ["changed", "Changed", "their text is another after the migration"],
  ["findings", "Findings only", "nothing is changed, something is to know"],
  ["unreadable", "Not opened", "too large, too many, or not UTF-8 text"],
  ["waiting", "Not analysed yet", ""],
  ["nothing", "Nothing to do", "no view waits for anything in them"],
];
const KINDS = ["safe", "review", "manual"];

/** Rows that are made at once: more would keep the page from drawing. */
const AT_ONCE = 150;

const count = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

function rowOf({ id, path, edits, findings, edited }, active) {
  const cut = path.lastIndexOf("/") + 1;
  const name = element("span", "path", element("span", "folder", path.slice(0, cut)), path.slice(cut));
  if (id === null) return element("li", "project-row", name);
  const what = [];
  if (edits) what.push(count(edits, "edit", "edits"));
  if (edited) what.push("edited by you");
  const kinds = element("span", "kinds");
  findings.forEach((number, kind) => {
    if (!number) return;
    kinds.append(element("span", `badge ${KINDS[kind]}`, String(number), element("span", "sr", ` ${KINDS[kind]} `)));
  });
  const button = element("button", "project-row", name, element("span", "edits", what.join(", ")), kinds);
  button.dataset.file = id;
  button.tabIndex = -1;
  if (id === active) button.setAttribute("aria-current", "true");
  return element("li", "", button);
}

/** Shows files in `place`; `go` gets the one that the reader goes to. */
export function showProject(place, go) {
  let rows = [];
  let active = null;
  let drawing = 0;
  let wanted = 0;
  /** Groups that the reader has opened or closed. */
  const chosen = new Map();

  const filter = element("input");
  filter.type = "search";
  filter.id = "project-filter";
  filter.placeholder = "Filter by path";
  filter.setAttribute("aria-label", "Filter files by path");
  filter.spellcheck = false;
  filter.autocomplete = "off";
  const summary = element("p", "");
  summary.setAttribute("role", "status");
  const groups = element("div", "project-groups");
  place.replaceChildren(element("div", "project-head", filter, summary), groups);

  const shown = () => Array.from(groups.querySelectorAll("details[open] button.project-row"));

  /** One row is in the order of Tab: the one of the file in the panes, else the first. */
  function settle() {
    const all = shown();
    const at = all.find((row) => row.tabIndex === 0) ?? all.find((row) => row.ariaCurrent) ?? all[0];
    if (at) at.tabIndex = 0;
  }

  /** Puts a group's rows in it, some at a time. */
  function fill(list, entries) {
    const turn = drawing;
    const some = () => {
      if (turn !== drawing) return;
      const at = list.childElementCount;
      list.append(...entries.slice(at, at + AT_ONCE).map((row) => rowOf(row, active)));
      if (at === 0) settle();
      // A place that was scrolled to comes back with its rows.
      if (groups.scrollTop < wanted) groups.scrollTop = wanted;
      if (list.childElementCount < entries.length) setTimeout(some);
    };
    some();
  }

  function draw() {
    drawing += 1;
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = rows.filter(({ path }) => words.every((word) => path.toLowerCase().includes(word)));
    const focused = groups.contains(document.activeElement) ? document.activeElement.dataset.file : undefined;
    wanted = groups.scrollTop;
    const parts = [];
    const fills = [];
    let opened = false;
    for (const [outcome, title, hint] of GROUPS) {
      const entries = found.filter((row) => row.outcome === outcome);
      if (!entries.length) continue;
      const line = element("summary", "", `${title} `, element("span", "count", entries.length.toLocaleString("en")));
      if (hint) line.append(element("span", "hint", ` ${hint}`));
      const list = element("ul", "");
      list.setAttribute("aria-label", title);
      const part = element("details", outcome, line, list);
      part.dataset.group = outcome;
      part.open = words.length > 0 || (chosen.get(outcome) ?? (outcome !== "nothing" || !opened));
      opened ||= part.open;
      let filled = false;
      const open = () => {
        if (!part.open || filled) return;
        filled = true;
        fill(list, entries);
      };
      line.addEventListener("click", () => chosen.set(outcome, !part.open));
      part.addEventListener("toggle", open);
      parts.push(part);
      fills.push(open);
    }
    groups.replaceChildren(...parts);
    for (const open of fills) open();
    const changed = rows.filter((row) => row.outcome === "changed").length;
    summary.textContent = words.length
      ? `${found.length.toLocaleString("en")} of ${count(rows.length, "file", "files")}`
      : `${count(changed, "file changes", "files change")} of ${rows.length.toLocaleString("en")}`;
    if (!found.length) groups.append(element("p", "nothing", "No file has that in its path."));
    if (focused !== undefined) groups.querySelector(`[data-file="${focused}"]`)?.focus({ preventScroll: true });
  }

  /** Goes from row to row. */
  function move(event) {
    const all = shown();
    const at = all.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (next === undefined || (event.target === filter && !/^Arrow(Down)$/.test(event.key))) return;
    if (event.target !== filter && at < 0) return;
    event.preventDefault();
    if (next < 0 && event.key === "ArrowUp") return filter.focus();
    const row = all[Math.max(0, Math.min(all.length - 1, next))];
    if (!row) return;
    for (const other of all) if (other.tabIndex === 0) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  }

  // Whoever scrolls goes elsewhere.
  for (const kind of ["wheel", "pointerdown", "keydown"]) groups.addEventListener(kind, () => (wanted = 0), { passive: true });
  filter.addEventListener("input", draw);
  place.addEventListener("keydown", (event) => {
    if (event.target === filter && event.key === "Enter") shown()[0]?.click();
    else move(event);
  });
  place.addEventListener("click", (event) => {
    const row = event.target instanceof Element && event.target.closest("button.project-row");
    if (row) go(Number(row.dataset.file));
  });

  return {
    /** Lists these files; without any, those that are listed. */
    show(next, current) {
      active = current;
      if (next) {
        rows = next.sort((a, b) => (a.path < b.path ? -1 : 1));
        draw();
        return;
      }
      for (const row of groups.querySelectorAll("button.project-row")) {
        if (Number(row.dataset.file) === active) row.setAttribute("aria-current", "true");
        else row.removeAttribute("aria-current");
      }
    },
    destroy() {
      drawing += 1;
      place.replaceChildren();
    },
  };
}
