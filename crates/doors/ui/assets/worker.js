// Shows one page when there is no network. Nothing of anybody is kept: only that page, its style sheet and the sign.
'use strict';
const NAME = 'portico-__NAME__';
const KEPT = __KEPT__;
addEventListener('install', (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(KEPT)).then(() => skipWaiting()));
});
addEventListener('activate', (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop).then(() => clients.claim()));
});
addEventListener('fetch', (event) => {
  const { request } = event;
  const kept = (path) => caches.match(path, { ignoreVary: true });
  const { pathname, origin } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => kept('/offline')));
  else if (pathname !== '/offline' && KEPT.includes(pathname)) event.respondWith(kept(pathname).then((hit) => hit ?? fetch(request)));
});
