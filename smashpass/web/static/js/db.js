// What this device keeps: swipes that are not sent yet, the cards ahead, the last decisions.
// Where the browser has no IndexedDB (some private windows), it is kept as long as the page.

let opening;

function open() {
  opening ??= new Promise((resolve) => {
    if (!globalThis.indexedDB) return resolve(null);
    const request = indexedDB.open("smashpass", 1);
    request.onupgradeneeded = () => {
      // Keys that count up, not random ones: swipes must be sent in the order they were made.
      request.result.createObjectStore("queue", { autoIncrement: true });
      request.result.createObjectStore("kept");
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = request.onblocked = () => resolve(null);
  });
  return opening;
}

async function within(store, mode, work) {
  const db = await open();
  if (!db) return undefined;
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(store, mode, { durability: "strict" });
    const request = work(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Whether what is kept outlives the page. */
export const lasting = async () => (await open()) !== null;

/** Add to the queue; returns the key. */
export const enqueue = (item) => within("queue", "readwrite", (store) => store.add(item));

/** Everything in the queue, first in first: [[key, item]]. */
export async function queued() {
  const found = [];
  await within("queue", "readonly", (store) => {
    const request = store.openCursor();
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) return;
      found.push([cursor.key, cursor.value]);
      cursor.continue();
    };
    return request;
  });
  return found;
}

/** Take `keys` out of the queue. */
export const dequeue = (keys) =>
  within("queue", "readwrite", (store) => {
    for (const key of keys) store.delete(key);
  });

export const keep = (name, value) => within("kept", "readwrite", (store) => store.put(value, name));

export const kept = (name) => within("kept", "readonly", (store) => store.get(name));

/** Forget everything. */
export async function forget() {
  await within("queue", "readwrite", (store) => store.clear());
  await within("kept", "readwrite", (store) => store.clear());
}
