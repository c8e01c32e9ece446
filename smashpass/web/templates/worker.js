// The service worker: the pages open without a network. It never answers for the API.

const VERSION = {{ version|tojson }};
const SHELL = {{ shell|tojson }};
const PLAY = {{ url_for("pages.play")|tojson }};
const TASTE = {{ url_for("pages.taste")|tojson }}; // Personal: never stored. What is on this device stands in.
const MINE = {{ url_for("pages.mine")|tojson }};
const MEDIA = {{ (root ~ "/media/")|tojson }};
const ASSETS = {{ (root ~ "/assets/")|tojson }};
const API = {{ (root ~ "/api")|tojson }};
const PAGES = {{ pages|tojson }};
const MOST_PICTURES = 300;
const PATIENCE = 4000;

addEventListener("install", (event) => {
  // The API is not asked through here where the browser can tell: it is quicker, and what a page
  // sends while it closes does not depend on the worker being awake.
  event.addRoutes?.([{ condition: { urlPattern: `${location.origin}${API}/*` }, source: "network" }]);
  event.waitUntil(Promise.all([store(`shell-${VERSION}`, SHELL), store("pages", PAGES)]).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(clean().then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (PAGES.includes(pathname)) event.respondWith(page(event, pathname));
    else if (pathname === TASTE) event.respondWith(fetch(request).catch(() => caches.match(MINE)));
  } else if (pathname.startsWith(ASSETS)) event.respondWith(first(`shell-${VERSION}`, request));
  else if (pathname.startsWith(MEDIA)) event.respondWith(first("pictures", request));
});

async function store(name, addresses) {
  const cache = await caches.open(name);
  await cache.addAll(addresses);
}

/** Pages come from the network; what came last is shown where there is none. */
async function page(event, pathname) {
  const cache = await caches.open("pages");
  try {
    const answer = await fetch(event.request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok && !answer.redirected) {
      const before = await cache.match(pathname);
      await cache.put(pathname, answer.clone());
      // In another language from now on: the other pages too, for the time without a network.
      const language = (each) => each.headers.get("Content-Language");
      if (before && language(before) !== language(answer)) event.waitUntil(store("pages", PAGES));
    }
    return answer;
  } catch {
    return (await cache.match(pathname)) ?? (await cache.match(PLAY)) ?? Response.error();
  }
}

/** What never changes under its address is asked for once. */
async function first(name, request) {
  const found = await caches.match(request.url);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.status === 200) {
    const copied = answer.clone();
    const cache = await caches.open(name);
    await cache.put(request.url, copied);
    if (name === "pictures") await prune(cache);
  }
  return answer;
}

async function prune(cache) {
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - MOST_PICTURES))) await cache.delete(old);
}

async function clean() {
  const kept = ["pages", "pictures", `shell-${VERSION}`];
  for (const name of await caches.keys()) if (!kept.includes(name)) await caches.delete(name);
}
