// Runs before the first paint, so that a page with chosen colors never flashes in the others, nor an embedded one in full.
try {
  const view = new URLSearchParams(location.search).get("embed");
  if (view !== null) document.documentElement.dataset.embed = view || "after";
  // What is shown while the page loads is the first visitor's; who comes with work, or back to it, sees theirs.
  if (view !== null || location.hash.startsWith("#v") || localStorage.getItem("unblocked.own")) document.documentElement.dataset.own = "";
  const theme = localStorage.getItem("unblocked.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused: the system's colors it is.
}
