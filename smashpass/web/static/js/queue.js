// The swipes on their way to the server: kept on the device first, sent in order, sent again
// until the server says that it has them. An undo is an entry of its own, never a silent removal.

import { ask, Refused, serverNow } from "./api.js";
import { dequeue, enqueue, queued } from "./db.js";

const TOGETHER = 200; // swipes in one request; about 30 KB, half of what keepalive may carry
const PAUSE = 700; // milliseconds in which further swipes join the same request
const ENOUGH = 10; // swipes that are sent without waiting for more
const LONGEST = 60000;
const UNSAVED = "unsaved";

const nameOf = (entry) => entry.id ?? `undo ${entry.undo}`;

export class Queue {
  /**
   * `changed()` is called when the number of waiting entries or the trouble changes; `rests(rest)`
   * when the server, having taken swipes, tells of a break.
   */
  constructor(changed, rests) {
    this.changed = changed;
    this.rests = rests;
    this.items = [];
    this.trouble = null; // the last failure, null after a success
    this.troubleSince = 0;
    this.refusals = 0; // entries the server did not want, since the page was opened
    this.failures = 0;
    this.last = 0;
  }

  /** Read what an earlier page left, and keep sending from now on. */
  async start() {
    const left = await queued().catch(() => []);
    this.items.unshift(...left.map(([key, entry]) => ({ key, entry })));
    this.adopt();
    addEventListener("online", () => this.hurry());
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.leave();
      else this.hurry();
    });
    this.changed();
    if (this.items.length) this.flush();
  }

  /** Take over what an earlier page could not put into the database before it closed. */
  adopt() {
    const known = new Set(this.items.map(({ entry }) => nameOf(entry)));
    const entries = JSON.parse(localStorage.getItem(UNSAVED) ?? "[]");
    for (const entry of entries) if (!known.has(nameOf(entry))) this.push(entry);
    localStorage.removeItem(UNSAVED);
  }

  get waiting() {
    return this.items.length;
  }

  /** A swipe with an id of its own; times never go back, whatever the clock does. */
  swipe(image, verdict) {
    this.last = Math.max(serverNow(), this.last + 1);
    const id = crypto.getRandomValues(new Uint8Array(12));
    const entry = {
      id: [...id].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      image,
      verdict,
      at: new Date(this.last).toISOString(),
    };
    this.push(entry);
    return entry;
  }

  undo(id) {
    this.push({ undo: id });
  }

  push(entry) {
    const item = { entry };
    this.items.push(item);
    // Transactions of one store are done in the order in which they were begun.
    enqueue(entry).then(
      (key) => {
        item.key = key;
        if (item.sent) dequeue([key]).catch(() => {});
      },
      () => {}, // The device is full: the entry still goes out from memory.
    );
    this.changed();
    if (this.failures) return;
    clearTimeout(this.timer);
    if (this.items.length >= ENOUGH) this.flush();
    else this.timer = setTimeout(() => this.flush(), PAUSE);
  }

  hurry() {
    this.failures = 0;
    if (this.items.length) this.flush();
  }

  /** Send everything; returns whether nothing is left. One round at a time. */
  flush() {
    this.flushing ??= this.drain().finally(() => {
      this.flushing = null;
      this.changed();
    });
    return this.flushing;
  }

  async drain() {
    clearTimeout(this.timer);
    while (this.items.length) {
      const head = this.head();
      try {
        await this.send(head);
      } catch (error) {
        this.fail(error);
        return false;
      }
      this.failures = 0;
      this.trouble = null;
      await this.drop(head);
      this.changed();
    }
    return true;
  }

  /** The first entries that go together: swipes up to the next undo, or that undo alone. */
  head() {
    if (this.items[0].entry.undo) return this.items.slice(0, 1);
    const end = this.items.findIndex((item) => item.entry.undo);
    return this.items.slice(0, Math.min(end < 0 ? TOGETHER : end, this.single ? 1 : TOGETHER));
  }

  async send(items) {
    const undo = items[0].entry.undo;
    try {
      if (undo) await ask("DELETE", `/swipes/${undo}`);
      else await this.deliver(items.map((item) => item.entry));
      this.single = false;
    } catch (error) {
      if (!(error instanceof Refused) || ![400, 404, 413, 422].includes(error.status)) throw error;
      if (undo || items.length === 1) {
        // It can never be taken: it must not stand in the way of the others.
        if (!undo) this.refusals += 1;
        this.single = false;
      } else {
        this.single = true;
        throw Object.assign(error, { again: true });
      }
    }
  }

  async deliver(swipes) {
    let answer = await ask("POST", "/swipes", { body: { swipes } });
    const early = answer.rejected.filter((each) => each.code === "future_at");
    if (early.length) {
      // The clock of this device is ahead; the answer has just told by how much.
      const now = new Date(serverNow()).toISOString();
      for (const each of early) swipes[each.index].at = now;
      answer = await ask("POST", "/swipes", { body: { swipes } });
    }
    this.refusals += answer.rejected.length;
    if (answer.rest) this.rests?.(answer.rest);
  }

  async drop(items) {
    this.items = this.items.filter((item) => !items.includes(item));
    const keys = [];
    for (const item of items) {
      item.sent = true;
      if (item.key !== undefined) keys.push(item.key);
    }
    if (keys.length) await dequeue(keys).catch(() => {});
  }

  fail(error) {
    if (!this.trouble) this.troubleSince = Date.now();
    this.trouble = error;
    this.failures += 1;
    const wait = Math.max(
      Math.min(LONGEST, 500 * 2 ** this.failures) * (0.5 + Math.random() / 2),
      1000 * (error.retryAfter ?? 0),
    );
    this.timer = setTimeout(() => this.flush(), error.again ? 0 : wait);
  }

  /** The page goes away: send what can be sent. It stays in the queue until it is confirmed. */
  leave() {
    const unsaved = this.items.filter((item) => item.key === undefined);
    // The one store that takes a value before the page is gone.
    if (unsaved.length) localStorage.setItem(UNSAVED, JSON.stringify(unsaved.map(({ entry }) => entry)));
    const swipes = this.items.map((item) => item.entry);
    const end = swipes.findIndex((entry) => entry.undo);
    const first = swipes.slice(0, end < 0 ? TOGETHER : Math.min(end, TOGETHER));
    if (!first.length || !navigator.onLine) return;
    ask("POST", "/swipes", { body: { swipes: first }, keepalive: true }).catch(() => {});
  }
}
