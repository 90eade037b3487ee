// Keeps every file of the site at the first visit, so that it works without a network.
"use strict";
const KEPT = "symderiv-VERSION", FILES = [/* files */];
self.addEventListener("install", (event) => event.waitUntil((async () => {
  await (await caches.open(KEPT)).addAll(["./", ...FILES]);
  await self.skipWaiting();
})()));
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("symderiv-") && name !== KEPT) await caches.delete(name);
  await self.clients.claim();
})()));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== self.location.origin) return;
  event.respondWith((async () => {
    const kept = await caches.open(KEPT), found = await kept.match(event.request, {ignoreSearch: true});
    return found || fetch(event.request);
  })());
});
