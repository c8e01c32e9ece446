// The list under a box: tags that match the typed text. Outdated responses are dropped.
import { number } from "./texts.js";

const KEEP_MS = 600_000;

export class Rows {
  /** `chosen(name)` is called when a row is clicked; `address` answers with the tags. */
  constructor(box, list, address, chosen) {
    Object.assign(this, { box, list, address, chosen, known: new Map(), rows: [], at: -1, typed: "" });
    box.addEventListener("input", (event) => this.input(event));
    box.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.chosen(this.rows[[...list.children].indexOf(row)].name);
    });
  }

  get open() {
    return this.rows.length > 0;
  }

  /** The highlighted tag. */
  get active() {
    return this.rows[this.at]?.name;
  }

  /** The first tag that fits `typed`, if that is known already. */
  first(typed) {
    return this.typed === typed ? this.rows[0]?.name : undefined;
  }

  async input(event) {
    const typed = this.box.value.trim();
    this.highlight(-1);
    if (!typed || event.inputType === "insertFromPaste") return this.close();
    const rows = await this.look(typed);
    // Someone navigating the list chooses from the visible rows, even if they are outdated.
    const wanted = typed === this.box.value.trim() && this.at < 0;
    if (wanted && document.activeElement === this.box) this.show(typed, rows);
    return undefined;
  }

  look(typed) {
    const kept = this.known.get(typed);
    if (kept && performance.now() - kept.at < KEEP_MS) return kept.rows;
    const rows = this.ask(typed);
    this.known.set(typed, { rows, at: performance.now() });
    return rows;
  }

  async ask(typed) {
    try {
      const headers = { Accept: "application/json" };
      const answer = await fetch(`${this.address}?typed=${encodeURIComponent(typed)}`, { headers });
      if (answer.ok) return (await answer.json()).tags;
    } catch {
      // No network: the text can still be added as typed.
    }
    this.known.delete(typed);
    return [];
  }

  show(typed, rows) {
    this.rows = rows;
    this.typed = typed;
    this.at = -1;
    this.list.replaceChildren(
      ...rows.map((row, place) => {
        const option = Object.assign(document.createElement("li"), { id: `row-${place}`, role: "option", ariaSelected: "false" });
        const part = (className, text) => Object.assign(document.createElement("span"), { className, textContent: text });
        if (row.via) option.append(part("via", `${row.via} → `));
        option.append(part("name", row.name), part("count", number(row.count)));
        return option;
      }),
    );
    this.list.hidden = !rows.length;
    this.box.ariaExpanded = String(rows.length > 0);
    this.box.removeAttribute("aria-activedescendant");
  }

  close() {
    this.show("", []);
  }

  /** Move by the arrow keys; tell whether the key was one. */
  key(event) {
    const { length } = this.rows;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !length || event.ctrlKey || event.altKey || event.metaKey) return false;
    this.highlight(this.at < 0 && step < 0 ? length - 1 : (this.at + step + length) % length);
    return true;
  }

  highlight(at) {
    this.at = at;
    [...this.list.children].forEach((row, place) => {
      row.ariaSelected = String(place === at);
      if (place === at) row.scrollIntoView({ block: "nearest" });
    });
    if (at < 0) this.box.removeAttribute("aria-activedescendant");
    else this.box.setAttribute("aria-activedescendant", `row-${at}`);
  }
}
