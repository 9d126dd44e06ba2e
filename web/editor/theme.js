// Runs before the first paint, so that a page with chosen colors never flashes in the others, nor an embedded one in full.
try {
  const view = new URLSearchParams(location.search).get("embed");
  if (view !== null) document.documentElement.dataset.embed = view || "after";
  const theme = localStorage.getItem("unblocked.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused: the system's colors it is.
}
