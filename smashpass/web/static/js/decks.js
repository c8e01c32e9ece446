// The row of decks under the search box: everything, the published trees, today's deck, and those
// that were saved on this device. Loaded after the first card.

import { ask, Refused, Unreachable } from "./api.js";
import { keep, kept } from "./db.js";
import { element, slot, tagText, text } from "./texts.js";

const SAVED = "decks";

export class DeckRow {
  /** `controls.choose` deals what `controls.dealt` tells of; `say(message)` speaks it. */
  constructor(root, controls, say) {
    Object.assign(this, { root, controls, say });
    this.trees = []; // [{id, title, labels}]
    this.removed = null; // {deck, place} until something else is done
    this.dialog = document.getElementById("save-deck");
    slot(this.dialog, "form").addEventListener("submit", () => this.save());
    this.build();
    this.load();
  }

  get saved() {
    return JSON.parse(localStorage.getItem(SAVED) ?? "[]");
  }

  set saved(decks) {
    localStorage.setItem(SAVED, JSON.stringify(decks));
    this.build();
  }

  /** Show the trees of last time, then those of today. */
  async load() {
    this.show(await kept("trees").catch(() => undefined));
    try {
      const { trees } = await ask("GET", "/rules");
      this.show(trees);
      keep("trees", trees).catch(() => {}); // The device is full: there is a network next time.
      const { settings } = await ask("GET", "/me");
      const taste = document.querySelector("#order option[value=taste]");
      taste.hidden = taste.disabled = !settings.suggestions;
    } catch (error) {
      // Without a network the row is that of last time, and the page says what the matter is.
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    }
  }

  show(trees) {
    if (!trees || JSON.stringify(trees) === JSON.stringify(this.trees)) return;
    this.trees = trees;
    this.build();
  }

  /** Make the chips. Which one is pressed is drawn by `draw`. */
  build() {
    this.chips = [];
    const others = this.trees.filter(({ labels }) => !labels.includes("default"));
    const chips = [
      this.chip(text("deck-everything"), { deck: "", tree: "", query: "", like: "" }),
      ...others.map(({ id, title }) => this.chip(title, { deck: "", tree: id, like: "" })),
      this.chip(text("deck-daily"), { deck: "daily", tree: "", query: "", like: "" }),
      ...this.saved.map((deck) => this.savedChip(deck)),
    ];
    if (this.removed) chips.splice(chips.length - this.saved.length + this.removed.place, 0, this.wayBack());
    const plus = this.button("+", () => this.open());
    plus.ariaLabel = text("deck-save");
    this.plus = plus;
    this.root.replaceChildren(...chips, plus);
    this.draw();
  }

  button(label, pressed) {
    const button = element("button", "chip", label);
    button.type = "button";
    button.addEventListener("click", pressed);
    return button;
  }

  chip(label, deck) {
    const button = this.button(label, () => {
      this.removed = null;
      this.controls.choose(deck);
    });
    this.chips.push({ button, deck });
    return button;
  }

  savedChip({ name, ...deck }) {
    const pair = element("span", "saved-deck");
    const remove = this.button("×", () => this.remove(name));
    remove.ariaLabel = text("deck-remove", { name });
    pair.append(this.chip(name, { deck: "", like: "", ...deck }), remove);
    return pair;
  }

  /** Press the chip of what is dealt now, if there is one. */
  draw() {
    const now = this.controls.dealt;
    const holds = ({ deck }) => Object.entries(deck).every(([key, value]) => now[key] === value);
    const fitting = this.chips.filter(holds);
    // The one that says most: a saved deck before the tree that it goes by.
    const most = fitting.sort((a, b) => Object.keys(b.deck).length - Object.keys(a.deck).length)[0];
    for (const chip of this.chips) chip.button.ariaPressed = String(chip === most);
    this.plus.hidden = now.deck === "daily" || Boolean(now.like);
    const room = this.root.clientWidth; // less, once the pill stands beside the row
    if (most && (most.button !== this.pressed || room !== this.room)) {
      most.button.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.pressed = most?.button;
    this.room = room;
  }

  open() {
    const { query, tree } = this.controls.dealt;
    const title = this.trees.find(({ id }) => id === tree)?.title;
    const words = tagText(query.replaceAll('"', ""));
    slot(this.dialog, "name").value = [words, title].filter(Boolean).join(", ").slice(0, 40);
    this.dialog.showModal();
    slot(this.dialog, "name").select();
  }

  /** Save what is dealt now; another deck of that name is replaced. */
  save() {
    const name = slot(this.dialog, "name").value.trim();
    if (!name) return;
    const { query, tree, order } = this.controls.dealt;
    this.removed = null;
    this.saved = [...this.saved.filter((deck) => deck.name !== name), { name, query, tree, order }];
    this.say(text("deck-saved", { name }));
  }

  remove(name) {
    const decks = this.saved;
    const place = decks.findIndex((deck) => deck.name === name);
    this.removed = { deck: decks[place], place };
    this.saved = decks.filter((deck) => deck.name !== name);
    this.undo.focus();
    this.say(text("deck-removed", { name }));
  }

  /** The button in the place of the deck that was just removed. */
  wayBack() {
    const { deck, place } = this.removed;
    this.undo = this.button(text("deck-undo", { name: deck.name }), () => {
      this.removed = null;
      this.saved = this.saved.toSpliced(place, 0, deck);
      this.chips.find(({ button }) => button.textContent === deck.name).button.focus();
    });
    return this.undo;
  }
}
