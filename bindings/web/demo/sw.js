// Keeps the page, the program and the model, so that all of it works without a network. With one, every file is asked
// for again, and a server that says it has not changed does not send it.
const CACHE = 'linnet-demo';
const PAGE = ['./', 'style.css', 'app.js', 'texts.js', 'worker.js', 'icon.svg', 'manifest.webmanifest', '../linnet.js',
  '../linnet.wasm'];

// The same file whatever its query says (?isa= is for the worker).
const key = (request) => request.url.split('?')[0];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(PAGE)).then(() => self.skipWaiting()));
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function answer(event) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(event.request.url, { cache: 'no-cache' });
    if (response.ok) event.waitUntil(cache.put(key(event.request), response.clone()));
    return response;
  } catch (error) {
    const kept = await cache.match(key(event.request));
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  if (event.request.method === 'GET' && event.request.url.startsWith(self.location.origin)) event.respondWith(answer(event));
});
