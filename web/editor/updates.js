// The service worker: the site without a network, and new versions of it.

import { scriptAddress } from "./trusted.js";

/**
 * Calls back with a function that takes the new version, once one is ready, or another tab has taken it. `keep` is waited
 * for before the page is loaded again.
 */
export function listenToUpdates(ready, keep) {
  // Only over HTTPS or on this computer, not in other sites' pages, and not from a file.
  if (!navigator.serviceWorker || window.top !== window || !location.protocol.startsWith("http")) return;
  const { serviceWorker } = navigator;
  let known = serviceWorker.controller;
  let takes = false;
  serviceWorker.addEventListener("controllerchange", () => {
    // The first one takes nobody's place.
    if (takes) location.reload();
    else if (known) ready(() => keep().then(() => location.reload()));
    known = serviceWorker.controller;
  });
  const address = scriptAddress(new URL("service-worker.js", document.baseURI).href);
  serviceWorker.register(address).then(
    (registration) => {
      const tell = (worker) => {
        if (!worker || !serviceWorker.controller) return;
        ready(async () => {
          await keep();
          takes = true;
          worker.postMessage("take over");
        });
      };
      tell(registration.waiting);
      registration.addEventListener("updatefound", () => {
        const worker = registration.installing;
        worker.addEventListener("statechange", () => {
          if (worker.state === "installed") tell(worker);
        });
      });
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible") registration.update().catch(() => {});
      });
    },
    () => {},
  );
}
