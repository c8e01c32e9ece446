// Today's deck: the same cards for everybody, what the crowd said after one's own answer, and a
// result to share. Loaded when it is chosen.

import { ask, Refused, serverNow, Unreachable } from "./api.js";
import { keep, kept } from "./db.js";
import { Deck } from "./deck.js";
import { copy, element, slot, text } from "./texts.js";

const SOON = 300; // milliseconds after which an answer is sent, to learn what the crowd said

export class DailyDeck extends Deck {
  /** `ordinary` is the deck of all other cards, which does not deal again what is decided here. */
  constructor(ordinary) {
    super(ordinary.queue, ordinary.changed);
    this.ordinary = ordinary;
  }

  get isDaily() {
    return true;
  }

  clear() {
    super.clear();
    this.day = null; // the server's answer, without `answers`
    this.all = [];
    this.answers = new Map(); // by image: {verdict, crowd}; crowd is undefined until it is known
    this.returned = new Set(); // images whose answer was taken back
  }

  /** Deal by `tree`. What was kept of today is shown at once. */
  async start(_query, tree = "") {
    this.clear();
    Object.assign(this, { query: "", tree, order: "daily" });
    const { round } = this;
    const before = await kept("daily").catch(() => undefined);
    if (round !== this.round) return;
    if (before?.tree === tree && Date.parse(before.day.until) > serverNow()) {
      this.answers = before.answers;
      this.adopt(before.day);
      this.changed();
    }
    await this.load();
  }

  async load() {
    const { round } = this;
    this.loading = true;
    this.loadingSince = Date.now();
    this.changed();
    try {
      if (this.queue.waiting) await this.queue.flush();
      const { answers, ...day } = await ask("GET", "/daily", { query: { tree: this.tree, explain: 1 } });
      if (round !== this.round) return;
      this.failure = null;
      if (day.date !== this.day?.date) {
        this.answers = new Map();
        this.returned = new Set();
      }
      this.adopt(day, answers);
      this.save();
      this.lookAt(day.deck.until ?? day.until);
    } catch (error) {
      if (round !== this.round) return;
      this.failure = error;
    } finally {
      if (round === this.round) {
        this.loading = false;
        this.changed();
      }
    }
  }

  /** Take over the cards of a day; there are none during a break. */
  adopt(day, answers = []) {
    const { deck, library, rules, cards } = day;
    this.day = cards.length ? day : { ...day, cards: this.all };
    this.all = this.day.cards;
    this.info = { deck: { ...deck, query: "", order: "daily", matched: this.all.length }, library, rules };
    this.read(answers);
  }

  /** Take over what the server has of this viewer's answers, beside what it does not have yet. */
  read(answers) {
    for (const { image, verdict, crowd } of answers) {
      if (!this.returned.has(image)) this.answers.set(image, { verdict, crowd });
    }
    for (const { entry } of this.queue.items) {
      const { image, verdict, at } = entry;
      if (image && at.startsWith(this.day.date)) this.answers.set(image, { verdict });
    }
    const own = new Set(this.all.map((card) => card.image));
    // A card of another deck may have been put back.
    const guests = this.cards.filter((card) => !own.has(card.image));
    this.cards = [...guests, ...this.all.filter((card) => !this.answers.has(card.image))];
  }

  get complete() {
    return true;
  }

  async refill() {
    if (this.loading) return;
    if (this.failure || !this.info) await this.load();
    else if (this.answered.some(({ crowd }) => crowd === undefined)) await this.learn();
  }

  take(verdict) {
    const card = this.cards.shift();
    this.ordinary.decided.add(card.image);
    this.returned.delete(card.image);
    this.answers.set(card.image, { verdict });
    return card;
  }

  putBack(card) {
    super.putBack(card);
    this.ordinary.decided.delete(card.image);
    this.returned.add(card.image);
    this.answers.delete(card.image);
  }

  follow() {
    this.save();
    this.learning ??= setTimeout(() => this.learn(), SOON);
  }

  /** Send the answers, and learn what the crowd said to the same. */
  async learn() {
    const { round } = this;
    this.learning = undefined;
    try {
      if (!(await this.queue.flush())) return;
      const { date, answers } = await ask("GET", "/daily", { query: { tree: this.tree } });
      if (round !== this.round || date !== this.day.date) return;
      this.read(answers);
      this.save();
      this.changed();
    } catch (error) {
      // The next answer, or the network when it is back, asks again.
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    }
  }

  save() {
    const { tree, day, answers } = this;
    if (day) keep("daily", { tree, day, answers }).catch(() => {}); // The device is full.
  }

  /** The cards of today that are answered: [{card, verdict, crowd}]. */
  get answered() {
    return this.all
      .filter(({ image }) => this.answers.has(image))
      .map((card) => ({ card, ...this.answers.get(card.image) }));
  }

  /** The line above the cards. */
  get progress() {
    return text("daily-progress", { done: this.answered.length, total: this.all.length });
  }

  /** What is shown in place of a card, where that is not as in other decks. */
  get ownState() {
    if (this.all.length) return { kind: "daily-done" };
    if (this.failure instanceof Unreachable && !navigator.onLine) {
      return { kind: "daily-offline", actions: ["everything", "again"] };
    }
    return undefined;
  }

  /** Put what the crowd said to the card of `step` into the line under the cards. */
  tell(line, step, say) {
    const crowd = this.answers.get(step?.card.image)?.crowd;
    const message = crowd === undefined ? "" : crowdText(crowd);
    const { id } = line.dataset;
    if (!message || id !== step.entry.id) return;
    slot(line, "reason").textContent = message;
    if (line.dataset.told === id) return;
    line.dataset.told = id;
    say(message);
  }

  /** Draw the result into `place`. */
  drawResult(place, controls) {
    const sums = tally(this.answered);
    const same = `daily ${JSON.stringify(sums)}`;
    if (place.dataset.shown === same) return;
    const hadFocus = place.contains(document.activeElement) && document.activeElement.dataset.slot;
    place.dataset.shown = same;
    const card = copy("daily-card");
    const row = slot(card, "tally");
    row.append(...sums.verdicts.map(mark));
    row.ariaLabel = text("daily-yours", { answers: sums.verdicts.map((verdict) => text(verdict)).join(", ") });
    slot(card, "rules").textContent = text("daily-rules", sums);
    slot(card, "crowd").textContent = crowdSum(sums);
    slot(card, "next").textContent = text("daily-next", { time: clock(this.day.until) });
    slot(card, "share").addEventListener("click", () => share(shared(this.day.date, sums), card, controls.page.say));
    slot(card, "everything").addEventListener("click", () => controls.act("everything"));
    place.replaceChildren(card);
    if (hadFocus) slot(card, hadFocus).focus();
  }
}

function mark(verdict) {
  const marked = element("span", verdict);
  marked.append(copy(`icon-${verdict}`));
  return marked;
}

/** The share of the crowd that said the positive verdict, as a sentence. */
function crowdText(crowd) {
  if (!crowd) return text("crowd-few-line");
  return text("crowd-split", { percent: Math.round((100 * crowd.smash) / crowd.voters), people: crowd.voters });
}

/** How often the viewer agreed with the rules, and with most people where that is known. */
function tally(answered) {
  const verdicts = answered.map(({ verdict }) => verdict);
  const same = answered.filter(({ card, verdict }) => card.decision?.verdict === verdict).length;
  const split = answered.filter(({ crowd }) => crowd && 2 * crowd.smash !== crowd.voters);
  const most = ({ smash, voters }) => (2 * smash > voters ? "smash" : "pass");
  const crowdSame = split.filter(({ crowd, verdict }) => most(crowd) === verdict).length;
  const waits = answered.some(({ crowd }) => crowd === undefined);
  return { verdicts, same, total: answered.length, crowdSame, crowdTotal: split.length, waits };
}

function crowdSum({ crowdSame, crowdTotal, waits }) {
  if (crowdTotal) return text("daily-crowd", { same: crowdSame, total: crowdTotal });
  return text(waits ? "daily-crowd-waits" : "crowd-few");
}

const clock = (moment) =>
  new Date(moment).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });

/** The result as a text for others: no picture is named. */
function shared(date, sums) {
  const row = sums.verdicts.map((verdict) => (verdict === "smash" ? "♥" : "✕")).join("");
  const day = new Date(date).toLocaleDateString(document.documentElement.lang, { dateStyle: "long", timeZone: "UTC" });
  const lines = [text("daily-shared", { day }), row, `♥ ${text("smash")}  ✕ ${text("pass")}`];
  lines.push(text("daily-rules", sums));
  if (sums.crowdTotal) lines.push(crowdSum(sums));
  lines.push(`${location.origin}${document.documentElement.dataset.play}?deck=daily`);
  return lines.join("\n");
}

/** Hand a text to the device; where that cannot be, copy it; where that cannot be, show it. */
async function share(message, card, say) {
  try {
    if (navigator.share) await navigator.share({ text: message });
    else {
      await navigator.clipboard.writeText(message);
      slot(card, "copied").textContent = text("daily-copied");
      say(text("daily-copied"));
    }
  } catch (error) {
    if (error.name === "AbortError") return; // The viewer thought better of it.
    const box = slot(card, "shared");
    box.hidden = false;
    box.value = message;
    box.select();
    say(text("daily-copy-yourself"));
  }
}
