// What the site's page and the one-file page have in common: the start, and what to say when it fails.

import { begin, isEmbedded } from "./embedded.js";
import { createHost } from "./host.js";
import { fromFragment } from "./links.js";
import { listenToSplits } from "./splits.js";
import { load } from "./store.js";

/**
 * @param {{load: () => Promise<[object, WebAssembly.Module]>, spawn: (guides: boolean) => Worker,
 *   guide: () => Promise<object>, rules: () => Promise<string | null>, bundle: string | null}} means how this page gets its
 *   parts, and where the one-file page can be had
 */
export async function start(means) {
  try {
    begin();
    listenToSplits();
    const [[page, module], link, saved] = await Promise.all([means.load(), fromFragment(location.hash), isEmbedded ? null : load()]);
    await page.default({ module_or_path: module });
    page.page(createHost(means, { link, saved }));
  } catch (error) {
    const message = document.createElement("p");
    message.className = "shell-error";
    message.setAttribute("role", "alert");
    message.textContent = `Django Unblocked could not start: ${error.message} Reload the page to try again.`;
    document.querySelector("#app").append(message);
    throw error;
  }
}
