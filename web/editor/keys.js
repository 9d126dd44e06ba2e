// The page's keyboard shortcuts. What each does is the Rust side's business.

const mac = /Mac|iPhone|iPad/.test(navigator.platform);

/** Whether a key belongs to what is being typed. */
const isTyping = (target) =>
  target instanceof Element && !!target.closest(".cm-content, input:not([type=checkbox]), select, textarea");

function nameOf(event) {
  const control = mac ? event.metaKey : event.ctrlKey;
  const key = event.key.toLowerCase();
  if (control && !event.altKey && !event.shiftKey) {
    if (key === "s") return "share";
    if (key === "k") return "commands";
  }
  // In the editors these undo what was typed there; with Alt, what was done to the page.
  if (control && (event.altKey || !isTyping(event.target))) {
    if (event.code === "KeyZ" || key === "z") return event.shiftKey ? "redo" : "undo";
    if (key === "y" && !event.shiftKey) return "redo";
  }
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  if (key === "f1") return "commands";
  if (key === "f6") return event.shiftKey ? "previous-part" : "next-part";
  if (key === "?" && !isTyping(event.target)) return "keys";
  return null;
}

/** Puts the keyboard in the next part of the page that is on show. */
function move(step) {
  const parts = [
    ".files .file.active .name",
    ".pane.before .cm-content",
    ".pane.after .cm-content",
    ".results :is(.finding[aria-current], .finding, .tab)",
  ]
    .map((selector) => document.querySelector(selector))
    .filter((part) => part?.offsetParent);
  const area = (part) => part?.closest(".files, .pane, .results");
  const here = parts.findIndex((part) => area(part) === area(document.activeElement));
  parts.at((here + step + (here < 0 && step < 0 ? 1 : 0) + parts.length) % parts.length)?.focus();
}

/** Calls back with the name of what a shortcut stands for, and gives how the control key is called here. */
export function listenToKeys(callback) {
  addEventListener(
    "keydown",
    (event) => {
      const name = event.isComposing ? null : nameOf(event);
      if (!name) return;
      event.preventDefault();
      event.stopPropagation();
      // A dialog has the keyboard for itself.
      if (document.querySelector("dialog[open]")) return;
      if (name === "next-part") move(1);
      else if (name === "previous-part") move(-1);
      else callback(name);
    },
    { capture: true },
  );
  return mac ? "⌘" : "Ctrl+";
}
