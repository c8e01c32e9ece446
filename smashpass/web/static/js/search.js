// "What do you like to see?": words with completion, kept as chips. A combobox after the ARIA
// pattern (list, manual selection): Enter takes a highlighted row, or the text as it stands.
// Loaded after the first card, or when somebody turns to the box.

import { ask } from "./api.js";
import { element, number, slot, tagElement, tagText, text } from "./texts.js";
import { spoken, Words } from "./words.js";

const ROWS = 8;
const POPULAR = 14;
const RECENT = 5; // queries kept on the device

export class SearchBox {
  constructor(root, words) {
    this.root = root;
    this.words = words;
    this.answers = new Map(); // rows by prefix, for as long as the page is open
    this.rows = [];
    this.active = -1;
    this.box = slot(root, "box");
    this.list = slot(root, "list");
    this.chips = slot(root, "chips");
    this.panel = slot(root, "panel");
    this.popular = slot(root, "popular");
    this.recent = slot(root, "recent");
    this.reading = slot(root, "reading");
    this.listen();
    this.draw();
    this.suggest();
    if (document.activeElement === this.box) {
      this.turnTo();
      this.complete();
    }
  }

  /** Say something below the box: what a description was read as. */
  say(message) {
    this.reading.textContent = message;
  }

  /** The words have changed: chips, and what the panel offers. */
  draw() {
    const { parts } = this.words;
    this.say("");
    this.chips.replaceChildren(...parts.map((part) => this.chip(part)));
    this.chips.hidden = !parts.length;
    for (const button of this.popular.querySelectorAll("button")) {
      button.ariaPressed = String(this.words.names.has(button.value));
    }
    this.remember();
    this.drawRecent();
  }

  chip(part) {
    const chip = element("li");
    const button = element("button", "chip");
    button.type = "button";
    if (part.name) chip.append(this.toggle(part));
    else button.append(part.raw);
    button.append(hidden("x", "×"));
    button.ariaLabel = text("remove-word", { word: spoken(part) });
    button.addEventListener("click", () => {
      this.words.remove(part);
      this.box.focus({ preventScroll: true });
    });
    chip.append(button);
    return chip;
  }

  /** The button with the tag itself: pressed, it is excluded. */
  toggle(part) {
    const button = element("button", "chip");
    button.type = "button";
    button.ariaPressed = String(part.not);
    button.ariaLabel = text("exclude-word", { word: tagText(part.name) });
    if (part.not) button.append(hidden("minus", "−"));
    button.append(tagElement(part.name));
    button.addEventListener("click", () => {
      const place = this.words.parts.indexOf(part);
      part.not = !part.not;
      this.words.changed();
      this.chips.children[place].firstElementChild.focus({ preventScroll: true });
    });
    return button;
  }

  /** Show what many images have, to begin with. */
  async suggest() {
    const rows = await this.look("").catch(() => []);
    this.popular.replaceChildren(
      ...rows.map((row) => {
        const label = [tagElement(row.name), element("small", "count", number(row.count))];
        const button = this.offer(label, () => {
          const part = this.words.parts.find((other) => other.name === row.name);
          if (part) this.words.remove(part);
          else this.words.add({ name: row.name, not: false });
        });
        button.value = row.name;
        button.ariaPressed = String(this.words.names.has(row.name));
        return listItem(button);
      }),
    );
    this.drawRecent();
  }

  offer(label, pressed) {
    const button = element("button", "chip");
    button.type = "button";
    button.append(...label);
    button.addEventListener("click", () => {
      this.leave();
      pressed();
    });
    return button;
  }

  /** Keep the words of now for the panel of later. */
  remember() {
    const { query } = this.words;
    if (!query || this.queries[0] === query) return;
    const queries = [query, ...this.queries.filter((other) => other !== query)].slice(0, RECENT);
    localStorage.setItem("recent", JSON.stringify(queries));
  }

  get queries() {
    return JSON.parse(localStorage.getItem("recent") ?? "[]");
  }

  drawRecent() {
    const queries = this.queries.filter((query) => query !== this.words.query);
    this.recent.replaceChildren(
      ...queries.map((query) => {
        const words = new Words();
        words.set(query);
        return listItem(this.offer([words.spoken], () => {
          this.words.set(query);
          this.words.changed();
        }));
      }),
    );
    slot(this.root, "recent-part").hidden = !queries.length;
    slot(this.root, "popular-part").hidden = !this.popular.children.length;
  }

  listen() {
    const { box, list, root } = this;
    box.addEventListener("focus", () => this.turnTo());
    box.addEventListener("click", () => this.turnTo());
    box.addEventListener("input", () => this.complete());
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.choose(this.rows[[...list.children].indexOf(row)]);
    });
    // The decks stand above the panel and are offered with it.
    root.querySelector(".decks").addEventListener("click", () => this.leave());
    root.addEventListener("focusout", ({ relatedTarget }) => {
      if (!root.contains(relatedTarget)) this.leave();
    });
    this.panel.addEventListener("pointerdown", (event) => event.preventDefault());
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.leave();
      box.focus({ preventScroll: true });
    });
  }

  /** The box has the focus: open the panel if nothing is typed, and fetch what completes offline. */
  turnTo() {
    this.helping ??= import("./common.js").then(({ help }) => help(this));
    this.root.classList.toggle("turned-to", !this.box.value);
  }

  leave() {
    this.root.classList.remove("turned-to");
  }

  async look(prefix) {
    const answer = this.answers.get(prefix);
    if (answer) return answer;
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const rows = await ask("GET", "/tags", { query: { prefix, limit: prefix ? ROWS : POPULAR }, signal });
    this.answers.set(prefix, rows);
    return rows;
  }

  async complete() {
    const { typed } = this;
    this.root.classList.toggle("turned-to", !this.box.value);
    if (!typed) return this.close();
    if (!this.answers.has(typed)) this.guess?.(typed);
    let rows;
    try {
      rows = await this.look(typed);
    } catch {
      return; // An older question, or no network: the text still counts as it stands.
    }
    if (typed === this.typed && document.activeElement === this.box) this.open(rows);
  }

  get typed() {
    return this.box.value.trim().replace(/^-/, "").toLowerCase();
  }

  open(rows) {
    const chosen = this.rows[this.active]?.name;
    this.rows = rows;
    this.list.replaceChildren(
      ...rows.map((row, place) => {
        const option = element("li");
        option.id = `q-row-${place}`;
        option.role = "option";
        option.ariaSelected = "false";
        const via = row.via ? element("span", "via", `${tagText(row.via)} → `) : "";
        option.append(via, tagElement(row.name), element("small", "count", number(row.count)));
        return option;
      }),
    );
    this.list.hidden = !rows.length;
    this.box.ariaExpanded = String(rows.length > 0);
    this.highlight(rows.findIndex((row) => row.name === chosen));
  }

  close() {
    this.open([]);
  }

  highlight(place) {
    this.active = place;
    [...this.list.children].forEach((row, at) => {
      row.ariaSelected = String(at === place);
      if (at === place) row.scrollIntoView({ block: "nearest" });
    });
    if (place < 0) this.box.removeAttribute("aria-activedescendant");
    else this.box.setAttribute("aria-activedescendant", `q-row-${place}`);
  }

  key(event) {
    const { length } = this.rows;
    if (event.key === "ArrowDown" && length) this.highlight((this.active + 1) % length);
    else if (event.key === "ArrowUp" && length) {
      this.highlight(this.active <= 0 ? length - 1 : this.active - 1);
    } else if (event.key === "Escape" && length) this.close();
    else if (event.key === "Escape") this.leave();
    else if (event.key === "Backspace" && !this.box.value && this.words.parts.length) {
      this.words.remove(this.words.parts.at(-1));
    } else return;
    event.preventDefault();
  }

  enter() {
    const raw = this.box.value.trim();
    if (this.active >= 0) return this.choose(this.rows[this.active]);
    if (!raw) return undefined;
    const plain = this.typed.replaceAll(" ", "_");
    const exact = this.rows.find((row) => row.name === plain);
    if (exact) return this.choose(exact);
    this.finish({ raw });
    return undefined;
  }

  choose(row) {
    if (row) this.finish({ name: row.name, not: this.box.value.trim().startsWith("-") });
  }

  finish(part) {
    this.box.value = "";
    this.close();
    this.leave();
    this.words.add(part);
  }
}

function hidden(className, sign) {
  const made = element("span", className, sign);
  made.ariaHidden = "true";
  return made;
}

function listItem(child) {
  const item = element("li");
  item.append(child);
  return item;
}
