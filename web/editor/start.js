// What the site's page and the one-file page have in common: the start, and what to say when it fails.

import { begin, isEmbedded } from "./embedded.js";
import { createHost } from "./host.js";
import { fromFragment } from "./links.js";
import { listenToSplits } from "./splits.js";
import { loadParts } from "./pane.js";
import { load } from "./store.js";

/** Says on the page what it can't go on without. */
export function complain(text) {
  const message = document.createElement("p");
  message.className = "shell-error";
  message.setAttribute("role", "alert");
  message.textContent = text;
  document.querySelector("#app").append(message);
}

/**
 * @param {{load: () => Promise<object>, first: Promise<unknown>, rest: () => Promise<void>, spawn: (guides: boolean) => Worker,
 *   guide: () => Promise<object>, rules: () => Promise<string | null>, bundle: string | null}} means how this page gets its
 *   parts, when it has those of the first view, and where the one-file page can be had
 */
export async function start(means) {
  try {
    begin();
    listenToSplits();
    const [page, link, saved] = await Promise.all([means.load(), fromFragment(location.hash), isEmbedded ? null : load()]);
    // Only the first view of a new visitor does without the rest of the page's module.
    if (isEmbedded || link || saved) await means.rest().catch(() => {});
    page.page(createHost(means, { link, saved }));
    means.first.then(loadParts, loadParts);
  } catch (error) {
    complain(`Django Unblocked could not start: ${error.message} Reload the page to try again.`);
    throw error;
  }
}
