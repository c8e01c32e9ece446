// What the page offers beside its two verdicts: dialogs, sheets, keys, the order of the cards.

import { watchKeys } from "./keys.js";
import { fillWhy } from "./why.js";

const at = (id) => document.getElementById(id);

export class Controls {
  /** `page` is what the swipe page does: decide, undo, draw, dealInOrder, dealLike, press, remember, later. */
  constructor(page, deck, past, words) {
    Object.assign(this, { page, deck, past, words });
    this.listen();
  }

  listen() {
    const { page, past, words, deck } = this;
    const { press } = page;
    press("why-now", () => this.openWhy());
    press("reveal", () => this.openWhy(past.last));
    press("pill", () => this.openAnswers());
    press("help-open", () => at("help").showModal());
    press("keep-widened", async () => (await import("./edits.js")).drop(words, deck.info.deck.dropped));
    press("more-like", () => {
      at("why").close();
      page.dealLike(at("why").dataset.image);
    });
    press("unlike", () => page.dealLike(""));
    at("order").addEventListener("change", ({ target: { value } }) => page.dealInOrder(value));
    at("report").addEventListener("submit", async (event) => {
      event.preventDefault();
      (await import("./report.js")).report(event.target);
    });
    watchKeys({
      smash: () => page.decide("smash"),
      pass: () => page.decide("pass"),
      undo: () => page.undo(),
      help: () => at("help").showModal(),
      why: () => this.openWhy(past.last),
    });
    for (const dialog of document.querySelectorAll("dialog")) {
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
      });
    }
  }

  /** Do what the button of a state stands for; some take a value. */
  async act(name, value) {
    const { deck, page, words } = this;
    const { mine, settings, gate } = document.documentElement.dataset;
    const acts = {
      again: () => deck.restart(),
      ask: () => this.ask(value),
      change: () => at("q").focus(),
      clear: () => {
        for (const parameter of ["tree", "like"]) page.remember(parameter, "");
        this.ask("");
      },
      cut: async () => (await import("./edits.js")).cut(words, value),
      describe: async () => (await import("./describe.js")).describe(words, page.later.box),
      gate: () => location.assign(gate),
      "go-on": () => deck.endBreak(),
      mine: () => location.assign(mine),
      random: () => page.dealInOrder("random"),
      settings: () => location.assign(settings),
      use: async () => (await import("./edits.js")).replaceAt(words, value),
    };
    await acts[name]();
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
