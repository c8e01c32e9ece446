// The words that were asked for, as parts: tags (perhaps excluded), or text as it was typed.

import { tagText, text } from "./texts.js";

export class Words {
  /** `changed()` is called when the words change. */
  constructor(changed) {
    this.changed = changed;
    this.parts = [];
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
  }

  /** Put the tags that the server read (`[{tag, not}]`) in place of text; whether there was any. */
  adopt(terms) {
    if (!terms?.length || !this.parts.some((part) => part.raw)) return false;
    this.parts = terms.map(({ tag, not }) => ({ name: tag, not: Boolean(not) }));
    return true;
  }

  add(part) {
    if (!this.parts.some((other) => this.textOf(other) === this.textOf(part))) this.parts.push(part);
    this.changed();
  }

  remove(part) {
    this.parts = this.parts.filter((other) => other !== part);
    this.changed();
  }

  clear() {
    this.parts = [];
    this.changed();
  }
}

/** A part for a person: "not blonde hair". */
export const spoken = (part) => (part.name ? (part.not ? `${text("not")} ` : "") + tagText(part.name) : part.raw);
