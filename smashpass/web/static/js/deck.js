// The cards ahead: fetched early, kept on the device, never one that was decided here.

import { ask, Refused, serverNow } from "./api.js";
import { keep, kept } from "./db.js";

const FIRST = 10;
const MOST = 100;
const LOW = 60; // cards left at which more are fetched: enough for a long tunnel
const SETTLED = 700; // milliseconds that the first pictures have for themselves
// Milliseconds by which two clocks that count as the same may differ.
const LATER = 1000;
const REST = 5000; // milliseconds between tries while there are still cards

export class Deck {
  /** `changed()` is called when cards arrive or the state changes. */
  constructor(queue, changed) {
    this.queue = queue;
    this.changed = changed;
    this.decided = new Set();
    this.order = "";
    this.clear();
  }

  clear() {
    this.cards = [];
    this.info = null; // {deck, library, rules} of the last answer
    this.failure = null;
    this.failedAt = 0;
    this.loading = false;
    this.loadingSince = 0;
    this.round = (this.round ?? 0) + 1;
  }

  /** Deal for `query` in `order`. What was kept for the same is shown at once. */
  async start(query, tree = "", order = "") {
    this.clear();
    this.query = query;
    this.tree = tree;
    this.order = order;
    const round = this.round;
    const before = await kept("deck").catch(() => undefined);
    if (round !== this.round) return;
    if (before && before.query === query && before.tree === tree && (before.order ?? "") === order) {
      this.info = before.info;
      this.add(before.cards);
      if (this.cards.length) this.changed();
    }
    await this.load(FIRST, true);
    if (!this.failure) setTimeout(() => round === this.round && this.refill(), SETTLED);
  }

  /** Deal the same anew. */
  restart() {
    return this.start(this.query, this.tree, this.order);
  }

  add(cards) {
    const here = new Set(this.cards.map((card) => card.image));
    for (const card of cards) {
      if (here.has(card.image) || this.decided.has(card.image)) continue;
      here.add(card.image);
      this.cards.push(card);
    }
  }

  /** Fetch more if few are left and there are more. */
  async refill() {
    if (this.loading || this.cards.length > LOW || this.complete) return;
    if (this.cards.length && Date.now() - this.failedAt < REST) return;
    await this.load(MOST);
  }

  /** Whether the pictures most like a chosen one come first. */
  get byLikeness() {
    return this.order.startsWith("like:");
  }

  /** Whether everything that matches is here or decided. */
  get complete() {
    const deck = this.info?.deck;
    if (!deck || this.stale) return false;
    return deck.state === "exhausted" || this.reserve;
  }

  /** Ask for `n` cards; `afresh` drops the kept ones, whose decisions may be of older rules. */
  async load(n, afresh = false) {
    const round = this.round;
    this.loading = true;
    this.loadingSince = Date.now();
    this.changed();
    try {
      // The server must know of the swipes, or it deals the same cards again.
      if (this.queue.waiting) await this.queue.flush();
      const answer = await ask("GET", "/deck", {
        query: { q: this.query, tree: this.tree, order: this.order, n, explain: 1 },
      });
      if (round !== this.round) return;
      this.info = { deck: answer.deck, library: answer.library, rules: answer.rules };
      const { until } = answer.deck;
      // All that is left for this viewer was in the answer.
      this.reserve = answer.cards.length < n && !until;
      this.stale = false;
      this.failure = null;
      if (afresh && !until) this.cards = [];
      this.add(answer.cards);
      this.save();
      if (until) this.lookAt(until);
    } catch (error) {
      if (round !== this.round) return;
      this.failure = error;
      this.failedAt = Date.now();
      if (error instanceof Refused && [400, 403].includes(error.status)) this.cards = [];
    } finally {
      if (round === this.round) {
        this.loading = false;
        this.changed();
      }
    }
  }

  /** A break begins or ends then: ask how it is. */
  lookAt(moment) {
    clearTimeout(this.looking);
    const left = Date.parse(moment) - serverNow();
    this.looking = setTimeout(() => this.load(FIRST), left + LATER);
  }

  /** The end of the break that holds now, or something false; it holds without a network too. */
  get until() {
    const until = Date.parse(this.info?.deck.until);
    return until > serverNow() && until;
  }

  save() {
    const { query, tree, order, info, cards } = this;
    clearTimeout(this.saving);
    this.saving = setTimeout(() => keep("deck", { query, tree, order, info, cards }).catch(() => {}), SETTLED);
  }

  get top() {
    return this.cards[0];
  }

  /** The top card was decided. */
  take() {
    const card = this.cards.shift();
    this.decided.add(card.image);
    if (!this.cards.length) this.stale = true;
    return card;
  }

  /** What follows a decision, once the next card is painted. */
  follow() {
    if (navigator.onLine || !this.cards.length) this.refill();
    this.save();
  }

  /** A decision was taken back: its card is on top again. */
  putBack(card) {
    this.decided.delete(card.image);
    this.cards = [card, ...this.cards.filter((each) => each.image !== card.image)];
  }
}

const SLOW = 2000; // milliseconds after which waiting is spoken of

/** The state as {kind, values, actions}, or null while there is a card to decide. */
export function stateOf(deck) {
  if (deck.until) {
    const until = new Date(deck.until).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
    return { kind: "break", values: { until }, actions: [...(deck.info.deck.optional ? ["go-on"] : []), "mine"] };
  }
  if (deck.cards.length) return null;
  if (deck.ownState) return deck.ownState;
  if (deck.loading && !deck.failure) {
    return Date.now() - deck.loadingSince < SLOW ? { kind: "loading" } : { kind: "slow" };
  }
  if (deck.failure) return { kind: "failure" };
  const { state, matched = 0, empty } = deck.info?.deck ?? {};
  // A break that is over is followed by cards.
  if (!deck.info || state === "break") return { kind: "loading" };
  if (!deck.info.library?.images) return { kind: "empty", actions: ["again"] };
  if (!matched) return { kind: "no-match", actions: ["change", "clear"], empty };
  const values = { n: matched };
  if (deck.query) return { kind: "exhausted-query", values, actions: ["clear", "mine"] };
  return { kind: "exhausted", values, actions: ["mine", "again"] };
}
