// Turns each field of tags into chips with a completing combobox; the plain field stays the one
// that is sent. The + and − of the listed tags fill the fields without a reload.
import { Rows } from "./tag_rows.js";
import { text } from "./texts.js";

const split = (typed) => typed.split(/[\s,]+/).filter(Boolean);
const nameOf = (typed) => typed.replaceAll(/\s+/g, "_").toLowerCase();
const shares = new Map(
  [...document.querySelectorAll("[data-share]")].map((row) => [row.dataset.share, Number(row.dataset.images)]),
);

class ChipField {
  constructor(root) {
    this.name = root.dataset.chipField;
    this.matched = Number(root.dataset.matched);
    this.field = root.querySelector("input");
    this.tags = new Set(split(this.field.value));
    const label = root.querySelector("label");
    this.chips = Object.assign(document.createElement("ul"), { className: "chips", ariaLabel: label.textContent });
    const combo = Object.assign(document.createElement("div"), { className: "combo" });
    this.list = Object.assign(document.createElement("ul"), { id: `${this.name}-rows`, role: "listbox", ariaLabel: label.textContent, hidden: true });
    this.box = this.makeBox();
    this.says = Object.assign(document.createElement("p"), { className: "quiet small", role: "status" });
    combo.append(this.box, this.list);
    label.htmlFor = this.box.id;
    this.field.type = "hidden";
    root.append(this.chips, combo, this.says);
    this.rows = new Rows(this.box, this.list, root.dataset.names, (name) => this.take(name));
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("input", () => { this.asked = this.says.textContent = ""; });
    this.chips.addEventListener("click", (event) => {
      const chip = event.target.closest("[data-remove]");
      if (chip) { this.drop(chip.dataset.remove); this.box.focus(); }
    });
    this.draw();
  }

  makeBox() {
    const box = Object.assign(document.createElement("input"), { id: `${this.name}-box`, role: "combobox", ariaExpanded: "false", ariaAutoComplete: "list", autocomplete: "off", autocapitalize: "none", spellcheck: false, maxLength: 400 });
    box.setAttribute("aria-controls", this.list.id);
    for (const key of ["key", "keyName"]) { box.dataset[key] = this.field.dataset[key]; delete this.field.dataset[key]; }
    return box;
  }

  key(event) {
    const typed = this.box.value.trim();
    const modified = event.ctrlKey || event.metaKey;
    if (event.isComposing) return;
    if (event.key === "Enter" && modified && typed) this.take(nameOf(typed));
    else if (event.key === "Enter" && this.rows.active) this.take(this.rows.active);
    else if (event.key === "Enter" && typed && !modified) this.enter(typed);
    else if (event.key === "Tab" && typed && !event.shiftKey && !event.altKey && !modified) this.complete(typed);
    else if (event.key === "Backspace" && !this.box.value && this.tags.size) this.drop([...this.tags].at(-1));
    else if (event.key === "Escape" && (this.rows.open || typed)) {
      if (this.rows.open) this.rows.close();
      else this.box.value = "";
    } else if (!this.rows.key(event)) return;
    event.preventDefault();
  }

  /** Take the highlighted tag, else the first that matches, as soon as that is known. */
  async complete(typed) {
    const ready = this.rows.active ?? this.rows.first(typed);
    if (ready) return this.take(ready);
    const [first] = await this.rows.look(typed);
    if (this.box.value.trim() !== typed) return undefined;
    if (first) return this.take(first.name);
    this.says.textContent = text("tag-none", { typed });
    return undefined;
  }

  /** Take a tag of exactly this name; a new tag only when asked twice, as in the editor of one image. */
  async enter(typed) {
    const name = nameOf(typed);
    if (this.asked === typed) return this.take(name);
    const rows = await this.rows.look(typed);
    if (this.box.value.trim() !== typed) return undefined;
    const exact = rows.find((row) => row.name === name || row.via === name);
    if (exact) return this.take(exact.name);
    this.asked = typed;
    this.says.textContent = text("tag-new", { name });
    return undefined;
  }

  take(name) {
    this.box.value = this.asked = this.says.textContent = "";
    this.rows.close();
    this.tags.add(name);
    for (const other of fields) if (other !== this) other.drop(name);
    this.draw();
  }

  drop(name) {
    if (this.tags.delete(name)) this.draw();
  }

  draw() {
    this.field.value = [...this.tags].join(" ");
    this.chips.replaceChildren(...[...this.tags].map((name) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "chip", ariaLabel: text("remove-tag", { name }) });
      button.dataset.remove = name;
      const mark = Object.assign(document.createElement("span"), { className: "x", textContent: "×", ariaHidden: "true" });
      button.append(name, Object.assign(document.createElement("small"), { textContent: this.share(name) }), mark);
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
  }

  /** How many of the images have a tag: "311 of 1,204"; empty if that is not known yet. */
  share(name) {
    const part = shares.get(name);
    if (part === undefined) return "";
    return part === this.matched ? text("tag-all") : text("tag-share", { part, whole: this.matched });
  }
}

const fields = [];
for (const root of document.querySelectorAll("[data-chip-field]")) fields.push(new ChipField(root));

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-into]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const field = fields.find(({ name }) => name === link.dataset.into);
  field.take(link.closest("[data-share]").dataset.share);
});

fields[0]?.field.form.addEventListener("submit", (event) => {
  const unfinished = fields.find(({ box }) => box.value.trim());
  if (!unfinished) return;
  event.preventDefault();
  unfinished.says.textContent = text("tag-unfinished", { typed: unfinished.box.value.trim() });
  unfinished.box.focus();
});
