// What the page offers and says beside its two verdicts: dialogs, sheets, lines, the order of cards.

import { drawMeter, drawPast, drawReveal } from "./answers.js";
import { ask } from "./api.js";
import { DeckRow } from "./decks.js";
import { Mender } from "./mend.js";
import { networkText, PATIENCE } from "./network.js";
import { deckLine, dropLabel, likeLine } from "./states.js";
import { fillWhy } from "./why.js";

// States below which the last verdict still stands: never below a card that reports trouble.
const CALM = ["exhausted", "exhausted-query", "break", "daily-done"];

const at = (id) => document.getElementById(id);

export class Controls {
  /**
   * `page` is what the swipe page does: draw, drawNetwork, press, remember, say; its `stack`;
   * `deck`, which returns the present one; and `later`, what it loaded.
   */
  constructor(page, past, words) {
    Object.assign(this, { page, past, words });
    this.row = new DeckRow(at("decks"), this, page.say);
    this.mender = new Mender(page.stack, page.draw);
    this.listen();
  }

  get deck() {
    return this.page.deck();
  }

  listen() {
    const { page, past, words } = this;
    const { press } = page;
    press("why-now", () => this.openWhy());
    press("reveal", () => this.openWhy(past.last));
    press("pill", () => this.openAnswers());
    press("help-open", () => at("help").showModal());
    press("keep-widened", async () => (await import("./edits.js")).drop(words, this.deck.info.deck.dropped));
    press("more-like", () => {
      at("why").close();
      this.choose({ like: at("why").dataset.image });
    });
    press("coach-done", () => {
      localStorage.setItem("coached", "yes");
      at("coach").hidden = true;
    });
    press("unlike", () => this.choose({ like: "" }));
    at("order").addEventListener("change", ({ target: { value } }) => this.choose({ order: value === "random" ? "" : value }));
    at("report").addEventListener("submit", async (event) => {
      event.preventDefault();
      (await import("./report.js")).report(event.target);
    });
    for (const name of ["online", "offline"]) addEventListener(name, page.drawNetwork);
    addEventListener("online", () => {
      this.mender.hurry();
      if (this.deck.failure) this.deck.restart();
      else this.deck.refill();
      page.draw();
    });
    for (const dialog of document.querySelectorAll("dialog")) {
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
      });
    }
  }

  /** Words that the server read as tags become chips. */
  adoptTerms() {
    const { deck, page, words } = this;
    if (deck.info?.deck.query !== words.query || !words.adopt(deck.info.deck.terms)) return;
    deck.query = words.query;
    page.remember("q", words.query);
    page.later.box.draw();
  }

  /** Draw what stands around the cards; `state` is there where no card is. */
  draw(state) {
    const { deck, past, words } = this;
    if (past.steps.length) localStorage.setItem("coached", "yes");
    at("coach").hidden = Boolean(state) || localStorage.getItem("coached") === "yes";
    const widened = !state && deck.info?.deck.state === "widened";
    at("like").hidden = !deck.byLikeness;
    at("like-how").textContent = likeLine(deck.info);
    at("order-line").hidden = deck.byLikeness || deck.isDaily;
    if (!at("order-line").hidden) at("order").value = deck.order || "random";
    at("deck-line").textContent = state ? "" : (deck.progress ?? deckLine(deck.info, words));
    // Where there is little room, the line is only shown if it tells what the words did.
    at("deck-line").parentNode.classList.toggle("telling", Boolean(words.query) || widened);
    at("keep-widened").hidden = !widened;
    at("keep-widened").textContent = widened ? dropLabel(deck.info) : "";
    this.reveal(!state || CALM.includes(state.kind) ? past.last : undefined);
    deck.tell?.(at("reveal"), past.last, this.page.say);
    this.row.draw();
    if (deck.info !== this.info) this.mender.hurry();
    else this.mender.plan();
    this.info = deck.info;
    drawPast(at("past"), past.steps, (step) => this.openWhy(step));
    at("past-empty").hidden = past.steps.length > 0;
    drawMeter(at("meter"), at("pill"), past.steps);
  }

  /** The verdict on `step`; if it has just been decided, it rises over the next card. */
  reveal(step, fresh) {
    drawReveal(at("reveal"), step, fresh);
  }

  drawNetwork(queue, persists) {
    at("network").textContent = networkText(queue, persists);
    if (this.waiting && !queue.waiting) this.mender.hurry(); // The server has answered.
    this.waiting = queue.waiting;
    clearTimeout(this.networkTimer);
    if (queue.trouble) this.networkTimer = setTimeout(() => this.drawNetwork(queue, persists), PATIENCE);
  }

  /** What is dealt: {deck, tree, like, order, query}. */
  get dealt() {
    const { searchParams } = new URL(location);
    const [deck, tree, like, order] = ["deck", "tree", "like", "order"].map((name) => searchParams.get(name) ?? "");
    return { deck, tree, like, order, query: this.words.query };
  }

  /** Deal another deck, of the form of `dealt`; what is left out stays as it is. */
  choose({ query = this.words.query, ...address }) {
    for (const [name, value] of Object.entries(address)) this.page.remember(name, value);
    if (query !== this.words.query) this.words.set(query);
    this.words.changed();
  }

  /** Do what the button of a state stands for; some take a value. */
  async act(name, value) {
    const { deck, page, words } = this;
    const { mine, settings, gate } = document.documentElement.dataset;
    const acts = {
      again: () => deck.restart(),
      ask: () => this.ask(value),
      change: () => at("q").focus(),
      clear: () => this.choose({ deck: "", tree: "", like: "", query: "" }),
      cut: async () => (await import("./edits.js")).cut(words, value),
      describe: async () => (await import("./describe.js")).describe(words, page.later.box),
      everything: () => acts.clear(),
      gate: () => location.assign(gate),
      "go-on": () => this.endBreak(),
      mine: () => location.assign(mine),
      random: () => this.choose({ order: "" }),
      settings: () => location.assign(settings),
      use: async () => (await import("./edits.js")).replaceAt(words, value),
    };
    await acts[name]();
  }

  /** The viewer goes on before the break is over. */
  async endBreak() {
    const { deck } = this;
    await ask("DELETE", "/me/break").catch((error) => (deck.failure = error));
    deck.info = null;
    if (deck.failure) this.page.draw();
    else await deck.refill();
  }

  ask(query) {
    this.words.set(query);
    this.words.changed();
  }

  /** The reasons of an earlier step, or of the card on top. */
  openWhy(step) {
    const now = { card: this.deck.top, deck: this.deck.info?.deck, wish: this.words.spoken };
    const { card, deck, wish, entry } = step ?? now;
    if (!card || (this.deck.until && !step)) return;
    const dialog = at("why");
    fillWhy(dialog, { card, info: { deck }, decided: Boolean(entry), wish });
    dialog.dataset.image = card.image;
    if (!dialog.open) dialog.showModal();
  }

  /** The list of the last answers stands beside the cards, or in a sheet where there is no room. */
  openAnswers() {
    const dialog = at("answers");
    const list = at("past-body");
    const home = list.parentNode;
    dialog.append(list);
    this.page.draw();
    dialog.showModal();
    dialog.addEventListener("close", () => home.append(list), { once: true });
  }
}
