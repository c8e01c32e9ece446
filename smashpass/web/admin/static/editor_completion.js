/**
 * Completion in the rule editor, by the combobox pattern of the ARIA guide with manual selection:
 * arrows highlight, Tab or Enter take what is highlighted, Escape closes. Nothing is highlighted
 * unless an arrow was pressed, so Enter and Tab stay what they are.
 */
import { text } from "./texts.js";
import { contextAt } from "./editor_context.js";
import { replaceRange } from "./editor_marks.js";

const MOST = 10;
const KEPT_MS = 600_000;

export class Completion {
  constructor(field, names) {
    this.field = field;
    this.names = names;
    this.answers = new Map();
    this.asked = 0;
    this.at = -1;
    this.context = null;
    this.list = document.createElement("ul");
    this.list.id = "completions";
    this.list.className = "completions";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", field.getAttribute("aria-label"));
    this.list.hidden = true;
    field.parentElement.append(this.list);
    this.said = document.createElement("p");
    this.said.className = "sr";
    this.said.setAttribute("role", "status");
    field.parentElement.after(this.said);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.list.id);
    field.setAttribute("aria-haspopup", "listbox");
    field.addEventListener("input", (event) => this.offer(event));
    field.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["blur", "click", "scroll"]) field.addEventListener(name, () => this.close());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
  }

  get options() { return [...this.list.children]; }

  async offer(event) {
    const mine = ++this.asked;
    const { selectionStart: caret, selectionEnd, value } = this.field;
    const context = caret === selectionEnd ? contextAt(value, caret) : null;
    const pasted = event.inputType === "insertFromPaste" || event.inputType?.startsWith("history");
    if (pasted || event.isComposing || !context || (context.kind === "tag" && !context.typed)) { this.close(); return; }
    const names = await this.namesOf(context);
    if (mine !== this.asked) return;
    const offered = names.filter(({ name }) => name !== context.typed).slice(0, MOST);
    if (!offered.length) { this.close(); return; }
    this.show(context, offered);
  }

  async namesOf({ kind, typed }) {
    if (kind !== "tag") {
      const words = typed.toLowerCase();
      const hint = text(`name-${kind}`);
      const all = this.names[kind] ?? [];
      const first = all.filter((name) => name.toLowerCase().startsWith(words));
      const later = all.filter((name) => !first.includes(name) && name.toLowerCase().includes(words));
      return [...first, ...later].map((name) => ({ name, hint }));
    }
    const kept = this.answers.get(typed);
    if (kept && kept.until > performance.now()) return kept.names;
    const address = `${document.documentElement.dataset.admin}/tags/-/names?typed=${encodeURIComponent(typed)}`;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (!answer.ok) return [];
      const names = (await answer.json()).tags.map(({ name, count }) => ({ name, hint: text("tagged", { n: count }) }));
      this.answers.set(typed, { names, until: performance.now() + KEPT_MS });
      return names;
    } catch {
      return []; // away from the network: writing goes on without completion
    }
  }

  show(context, offered) {
    this.context = context;
    this.at = -1;
    this.list.replaceChildren(...offered.map(({ name, hint }, number) => {
      const option = document.createElement("li");
      option.id = `completion-${number}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.name = name;
      const note = document.createElement("small");
      note.textContent = hint;
      option.append(name, " ", note);
      return option;
    }));
    this.list.hidden = false;
    this.field.removeAttribute("aria-activedescendant");
    this.place();
    this.said.textContent = text("completions", { n: offered.length });
  }

  /** Put the list below the caret: the field has one font of equal widths and no wrapping. */
  place() {
    const before = this.field.value.slice(0, this.context.start).split("\n");
    const style = getComputedStyle(this.field);
    const height = parseFloat(style.lineHeight);
    const probe = document.createElement("canvas").getContext("2d");
    probe.font = style.font;
    const width = probe.measureText(before.at(-1).replaceAll("\t", "    ")).width;
    const left = this.field.offsetLeft + parseFloat(style.paddingLeft) + width - this.field.scrollLeft;
    const most = this.field.parentElement.clientWidth - this.list.offsetWidth - 4;
    this.list.style.insetInlineStart = `${Math.max(0, Math.min(left, most))}px`;
    const top = parseFloat(style.paddingTop) + before.length * height - this.field.scrollTop;
    const above = top + this.list.offsetHeight > this.field.clientHeight && top > this.list.offsetHeight + height;
    this.list.style.insetBlockStart = `${above ? top - height - this.list.offsetHeight : top}px`;
  }

  key(event) {
    if (this.list.hidden || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const { options } = this;
    if (event.key === "ArrowDown") this.highlight((this.at + 1) % options.length);
    else if (event.key === "ArrowUp") this.highlight(this.at <= 0 ? options.length - 1 : this.at - 1);
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" || event.key === "Tab") && this.at >= 0) this.take(options[this.at]);
    else { if (event.key.length > 1 && event.key !== "Backspace" && event.key !== "Shift") this.close(); return; }
    event.preventDefault();
  }

  highlight(at) {
    this.at = at;
    for (const [number, option] of this.options.entries()) option.setAttribute("aria-selected", String(number === at));
    this.field.setAttribute("aria-activedescendant", this.options[at].id);
    this.options[at].scrollIntoView({ block: "nearest" });
  }

  take(option) {
    const { start } = this.context;
    const end = this.field.selectionEnd;
    this.close();
    replaceRange(this.field, start, end, option.dataset.name);
    this.close();
  }

  close() {
    this.asked += 1;
    this.list.hidden = true;
    this.at = -1;
    this.field.removeAttribute("aria-activedescendant");
    this.said.textContent = "";
  }
}
