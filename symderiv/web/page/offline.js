// Keeps every file of the site after the first visit, so that it works without a network.
"use strict";
const KEPT = "symderiv-VERSION";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("symderiv-") && name !== KEPT) await caches.delete(name);
  await self.clients.claim();
})()));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== self.location.origin) return;
  event.respondWith((async () => {
    const kept = await caches.open(KEPT), found = await kept.match(event.request, {ignoreSearch: true});
    if (found) return found;
    const fresh = await fetch(event.request);
    if (fresh.ok) await kept.put(event.request, fresh.clone());
    return fresh;
  })());
});
