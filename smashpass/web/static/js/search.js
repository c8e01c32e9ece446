// "What do you like to see?": words with completion, kept as chips. A combobox after the ARIA
// pattern (list, manual selection): Enter takes a highlighted row, or the text as it stands.

import { ask } from "./api.js";
import { element, number, slot, tagElement, tagText, text } from "./texts.js";

const ROWS = 8;

export class Wish {
  /** `changed()` is called when the words change; `root` holds box, list and chips. */
  constructor(root, changed) {
    this.changed = changed;
    this.parts = [];
    this.known = new Map(); // answers to prefixes, for as long as the page is open
    this.rows = [];
    this.active = -1;
    this.box = slot(root, "box");
    this.list = slot(root, "list");
    this.chips = slot(root, "chips");
    this.popular = slot(root, "popular");
    this.reading = slot(root, "reading");
    this.listen(root);
  }

  /** The words as query text. */
  get query() {
    return this.parts.map((part) => this.textOf(part)).join(" ");
  }

  /** The words for a person. */
  get spoken() {
    return this.parts.map(spoken).join(" + ");
  }

  /** Names of the tags asked for. */
  get names() {
    return new Set(this.parts.filter((part) => part.name && !part.not).map((part) => part.name));
  }

  textOf(part) {
    if (part.name) return `${part.not ? "-" : ""}"${part.name}"`;
    return this.parts.length > 1 && /\sOR\s/.test(part.raw) ? `(${part.raw})` : part.raw;
  }

  /** Take over a query text, from the address or from an earlier visit. */
  set(query) {
    const terms = query.match(/-?"[^"]+"/g) ?? [];
    if (terms.length && terms.join(" ") === query.trim()) {
      this.parts = terms.map((term) => ({ name: term.replace(/^-?"|"$/g, ""), not: term[0] === "-" }));
    } else this.parts = query.trim() ? [{ raw: query.trim() }] : [];
    this.draw();
  }

  add(part) {
    if (!this.parts.some((each) => this.textOf(each) === this.textOf(part))) this.parts.push(part);
    this.update();
  }

  remove(part) {
    this.parts = this.parts.filter((each) => each !== part);
    this.update();
    this.box.focus({ preventScroll: true });
  }

  /** Put the tag `name` where the query's unknown words stand, from `position` to `end`. */
  replaceAt(position, end, name) {
    let from = 0;
    const spans = this.parts.map((part) => {
      const whole = this.textOf(part);
      const span = { part, whole, from, end: from + whole.length };
      from = span.end + 1;
      return span;
    });
    const [first, ...others] = spans.filter((span) => position <= span.end && span.from < end);
    if (!first) return;
    const last = others.at(-1) ?? first; // a phrase may stand in several parts
    const before = first.whole.slice(0, position - first.from);
    const after = last.whole.slice(end - last.from);
    if (/^(licence|source|by|my):/.test(name)) {
      Object.assign(first.part, { raw: before + name + after, name: undefined }); // no tag, but a term
    } else if (/^-?"?$/.test(before) && /^"?$/.test(after)) {
      Object.assign(first.part, { raw: undefined, name, not: first.whole.startsWith("-") });
    } else Object.assign(first.part, { raw: `${before}"${name}"${after}`, name: undefined });
    const gone = new Set(others.map((span) => span.part));
    this.parts = this.parts.filter((part) => !gone.has(part));
    this.update();
  }

  /** Leave out what the server had to leave out. */
  drop(terms) {
    const gone = new Set(terms.map((term) => term.replaceAll('"', "").replaceAll(" ", "_")));
    this.parts = this.parts.filter((part) => !gone.has(part.name ?? part.raw.replaceAll(" ", "_")));
    this.update();
  }

  clear() {
    this.parts = [];
    this.update();
  }

  update() {
    this.reading.replaceChildren();
    this.draw();
    this.changed();
  }

  draw() {
    this.chips.replaceChildren(
      ...this.parts.map((part) => {
        const chip = element("li");
        const button = element("button", "chip");
        button.type = "button";
        if (part.name) chip.append(this.toggle(part));
        else button.append(part.raw);
        button.append(element("span", "x", "×"));
        button.lastElementChild.ariaHidden = "true";
        button.ariaLabel = text("remove-word", { word: spoken(part) });
        button.addEventListener("click", () => this.remove(part));
        chip.append(button);
        return chip;
      }),
    );
    this.chips.hidden = !this.parts.length;
    for (const button of this.popular.querySelectorAll("button")) {
      button.ariaPressed = String(this.names.has(button.value));
    }
  }

  /** The button with the tag itself: pressed, it is excluded. */
  toggle(part) {
    const button = element("button", "chip");
    button.type = "button";
    button.ariaPressed = String(part.not);
    button.ariaLabel = text("exclude-word", { word: tagText(part.name) });
    if (part.not) {
      button.append(element("span", "minus", "−"));
      button.lastElementChild.ariaHidden = "true";
    }
    button.append(tagElement(part.name));
    button.addEventListener("click", () => {
      const place = this.parts.indexOf(part);
      part.not = !part.not;
      this.update();
      this.chips.children[place].firstElementChild.focus({ preventScroll: true });
    });
    return button;
  }

  /** Show what many images have, to begin with. */
  async suggest() {
    const rows = await this.look("").catch(() => []);
    this.popular.replaceChildren(
      ...rows.map((row) => {
        const item = element("li");
        const button = element("button", "chip");
        button.type = "button";
        button.value = row.name;
        button.append(tagElement(row.name), element("small", "count", number(row.count)));
        button.addEventListener("click", () => {
          const part = this.parts.find((each) => each.name === row.name);
          if (part) this.parts = this.parts.filter((each) => each !== part);
          else this.parts.push({ name: row.name, not: false });
          this.update();
        });
        item.append(button);
        return item;
      }),
    );
    this.popular.hidden = !rows.length;
    this.draw();
  }

  listen(root) {
    const { box, list } = this;
    box.addEventListener("focus", () => import("./common.js").then(({ help }) => help(this)), { once: true });
    box.addEventListener("input", () => this.complete());
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.choose(this.rows[[...list.children].indexOf(row)]);
    });
    root.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.enter();
    });
  }

  async look(prefix) {
    const found = this.known.get(prefix);
    if (found) return found;
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const limit = prefix ? ROWS : 14;
    const rows = await ask("GET", "/tags", { query: { prefix, limit }, signal });
    this.known.set(prefix, rows);
    return rows;
  }

  async complete() {
    const typed = this.typed;
    if (!typed) return this.close();
    if (!this.known.has(typed)) this.guess?.(typed);
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
    else if (event.key === "Backspace" && !this.box.value && this.parts.length) {
      this.remove(this.parts.at(-1));
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
    this.add(part);
  }
}

const spoken = (part) => (part.name ? (part.not ? `${text("not")} ` : "") + tagText(part.name) : part.raw);
