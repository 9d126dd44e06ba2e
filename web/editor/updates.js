// The service worker: the site without a network, and new versions of it.

/** Calls back with a function that takes the new version, once one is ready. */
export function listenToUpdates(ready) {
  // Only over HTTPS or on this computer, not in other sites' pages, and not from a file.
  if (!navigator.serviceWorker || window.top !== window || !location.protocol.startsWith("http")) return;
  const address = new URL("service-worker.js", document.baseURI);
  navigator.serviceWorker.register(address).then(
    (registration) => {
      const tell = (worker) => {
        // The first one takes nobody's place.
        if (!worker || !navigator.serviceWorker.controller) return;
        ready(() => {
          navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
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
