// Keeps the site for use without a network. All files of a version are kept and given together, so that old and new
// never mix; a new version waits until the page takes it.

const VERSION = "%VERSION%";
const FILES = ["%FILES%"];
const NAME = `unblocked-${VERSION}`;
const root = new URL("./", self.location).href;

self.addEventListener("install", (event) => {
  const ask = (path) => new Request(new URL(path, root), { cache: "no-cache" });
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(["./", ...FILES].map(ask))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("unblocked-") && name !== NAME);
      // Other tabs go on with the version before until they are loaded again, and may not have needed all of it yet.
      const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      await Promise.all(old.slice(0, tabs.length > 1 ? -1 : undefined).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("message", ({ data }) => {
  if (data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(root)) return;
  const address = new URL(request.url);
  const path = address.pathname === new URL(root).pathname || address.href.startsWith(`${root}index.html`) ? root : address.href;
  event.respondWith(
    (async () => {
      const found = (where) => where.match(path, { ignoreSearch: true });
      return (await found(await caches.open(NAME))) ?? (await found(caches)) ?? fetch(request);
    })(),
  );
});
