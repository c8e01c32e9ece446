// The tags of one image as chips, with a completing combobox after the ARIA pattern (list, manual
// selection). The plain field remains the submitted one, so the form works without this module.
import { chips } from "./tag_chips.js";
import { hold, release } from "./key_buffer.js";
import { Rows } from "./tag_rows.js";
import { text } from "./texts.js";

const KEPT = "unsaved tags";
const UNDO_MS = 8_000;
const split = (words) => words.split(/[\s,]+/).filter(Boolean);
const nameOf = (typed) => typed.trim().replaceAll(/\s+/g, "_").toLowerCase();
const namesOf = (typed) => typed.split(",").map(nameOf).filter(Boolean);
const added = new Set(); // new tags that were confirmed on this page

export class TagEditor {
  constructor(root) {
    this.root = root;
    this.form = root.closest("form");
    this.field = root.querySelector("textarea");
    this.box = root.querySelector("[role=combobox]");
    this.says = root.querySelector("[data-slot=says]");
    this.toast = root.querySelector("[data-slot=toast]");
    this.chips = root.querySelector("[data-slot=chips]");
    this.seen = split(root.dataset.seen);
    this.tags = new Set(split(this.field.value));
    this.waiting = new Set(); // texts whose tags are being looked up
    this.confirmed = new Set(); // those of them that were confirmed as new tags before
    this.open = new Set(); // texts that turned out to be no tags when something else was typed already
    this.asked = ""; // the text that a second Enter adds as a new tag
    this.gone = new AbortController();
    this.rows = new Rows(this.box, root.querySelector("[role=listbox]"), root.dataset.names, (name) => this.take(name));
    for (const one of root.querySelectorAll("[data-slot=chips], [data-slot=suggested]")) one.hidden = false;
    this.bringBack();
    this.draw();
    this.listen();
    root.dataset.ready = "";
    if (this.box.value) this.rows.input(new Event("input")); // typed before this was loaded
  }

  listen() {
    const { signal } = this.gone;
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("input", () => { this.asked = ""; this.say(""); });
    this.root.addEventListener("click", (event) => this.click(event.target.closest("button")?.dataset ?? {}));
    addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat || event.defaultPrevented) return;
      event.preventDefault();
      this.save();
    }, { signal });
    this.form.addEventListener("submit", (event) => this.submit(event));
  }

  /** Stop listening: another image takes the place of this one. */
  leave() {
    this.gone.abort();
    clearTimeout(this.timer);
  }

  click({ add, remove, open, script, undo }) {
    if (add) this.toggle(add);
    if (remove) { this.remove(remove); this.box.focus(); }
    if (open) { this.open.delete(open); this.putBack(open); }
    if (script) this.apply(script);
    if (undo !== undefined) this.undo();
  }

  key(event) {
    const typed = this.box.value.trim();
    if (event.isComposing) return;
    const bare = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (event.key === "Tab" && typed && bare) this.complete(typed);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (event.repeat) return;
      if (typed) this.literal(typed);
      else this.save();
    } else if (event.key === "Enter") {
      if (!event.repeat) this.enter(typed);
    } else if (event.key === "Escape") {
      if (this.rows.open) this.rows.close();
      else if (typed) this.box.value = this.asked = "";
      else this.box.blur();
    } else if (!this.rows.key(event)) return;
    event.preventDefault();
  }

  /** Take the highlighted tag, or the first that fits, now or when it is known. */
  complete(typed) {
    const active = this.rows.active ?? this.rows.first(typed);
    if (active) return this.take(active);
    return this.lookUp(typed, typed, (rows) => {
      if (!rows.length) return text("tag-none", { name: typed });
      this.add(rows[0].name);
      return "";
    });
  }

  /** Take the highlighted tag, or one of exactly this name; a new tag only when asked twice. */
  enter(typed) {
    if (this.rows.active) return this.take(this.rows.active);
    if (!typed) {
      for (const each of this.waiting) this.confirmed.add(each);
      return undefined;
    }
    if (this.asked === typed || typed.includes(",")) return this.literal(typed);
    const name = nameOf(typed);
    if (added.has(name)) return this.take(name);
    return this.lookUp(typed, name, (rows) => {
      const exact = rows.find((row) => row.name === name || row.via === name);
      if (exact) { this.add(exact.name); return ""; }
      if (this.confirmed.has(typed)) { this.addNew(typed); return ""; }
      this.asked = typed;
      const meant = rows[0]?.name;
      return meant ? text("tag-new-meant", { name, meant }) : text("tag-new", { name });
    });
  }

  /** Take a text out of the box and look it up; it comes back if `found(rows)` returns why not. */
  async lookUp(typed, asked, found) {
    this.box.value = "";
    this.rows.close();
    this.waiting.add(typed);
    this.draw();
    const rows = await this.rows.look(asked);
    this.waiting.delete(typed);
    const trouble = found(rows);
    this.confirmed.delete(typed);
    if (trouble && this.box.value) { this.open.add(typed); this.asked = ""; }
    else if (trouble) this.box.value = typed;
    this.draw();
    if (trouble) this.say(trouble);
    if (!this.waiting.size) this.wake?.();
  }

  literal(typed) {
    this.box.value = this.asked = "";
    this.rows.close();
    this.addNew(typed);
  }

  addNew(typed) {
    for (const name of namesOf(typed)) {
      added.add(name);
      this.add(name);
    }
  }

  take(name) {
    this.box.value = this.asked = "";
    this.rows.close();
    this.add(name);
  }

  putBack(typed) {
    this.box.value = typed;
    this.box.focus();
    this.draw();
    this.rows.input(new Event("input"));
  }

  toggle(name) {
    if (this.tags.has(name)) this.remove(name);
    else this.add(name);
  }

  add(name) {
    this.tags.add(name);
    this.say(text("tag-added", { name }));
    this.changed();
  }

  remove(name) {
    this.tags.delete(name);
    this.say(text("tag-removed", { name }));
    this.changed();
  }

  /** Apply a tag script; it can be undone for some seconds. */
  apply(script) {
    this.before = [...this.tags];
    for (const word of split(script)) {
      if (word.startsWith("-")) this.tags.delete(word.slice(1).toLowerCase());
      else this.tags.add(word.toLowerCase());
    }
    this.say("");
    this.changed();
    this.toast.querySelector("span").textContent = text("script-applied", { script });
    this.toast.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.toast.hidden = true; }, UNDO_MS);
  }

  undo() {
    clearTimeout(this.timer);
    if (this.toast.contains(document.activeElement)) this.box.focus();
    this.toast.hidden = true;
    this.tags = new Set(this.before);
    this.say(text("script-undone"));
    this.changed();
  }

  changed() {
    this.draw();
    this.keep(false);
  }

  draw() {
    this.chips.replaceChildren(...chips(this));
    for (const one of this.root.querySelectorAll(".suggested [data-add]")) one.ariaPressed = String(this.tags.has(one.dataset.add));
    this.field.value = [...this.tags].join(" ");
  }

  say(words) {
    this.says.textContent = words;
  }

  async save() {
    const looking = this.waiting.size > 0;
    if (looking) {
      hold(); // what is typed from now on is for the next image
      await new Promise((resolve) => { this.wake = resolve; });
      this.wake = undefined;
    }
    this.form.requestSubmit(this.form.querySelector("button.first"));
    if (looking) release();
  }

  submit(event) {
    if (event.submitter && "skip" in event.submitter.dataset) return sessionStorage.removeItem(KEPT);
    const [first] = this.open;
    if (first && !this.box.value) { this.open.delete(first); this.putBack(first); }
    const left = this.box.value.trim();
    if (left || this.waiting.size || this.open.size) {
      event.preventDefault();
      this.box.focus();
      this.say(left ? text("tag-left", { name: left }) : text("tag-waiting"));
      return undefined;
    }
    this.keep(true);
    return undefined;
  }

  /** Keep what is not saved, for the case that the session has ended or the window closes. */
  keep(sent) {
    const seen = new Set(this.seen);
    const add = [...this.tags].filter((name) => !seen.has(name));
    const remove = this.seen.filter((name) => !this.tags.has(name));
    sessionStorage.setItem(KEPT, JSON.stringify({ image: this.root.dataset.image, add, remove, sent }));
  }

  /** What was sent and is followed by another image was taken; else it comes back. */
  bringBack() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    sessionStorage.removeItem(KEPT);
    if (!kept || kept.image !== this.root.dataset.image) return;
    const missing = kept.add.some((name) => !this.tags.has(name)) || kept.remove.some((name) => this.tags.has(name));
    if (!missing || document.querySelector("#flash:not([hidden])")) return;
    for (const name of kept.add) this.tags.add(name);
    for (const name of kept.remove) this.tags.delete(name);
    this.say(text("tags-restored"));
    this.keep(false);
  }
}

const root = document.querySelector("[data-tag-editor]");
/** The editor of the page, if it has one. */
export let editor = root && new TagEditor(root);

/** Make the editor of another image, which has just come into the page. */
export function change() {
  editor?.leave();
  const next = document.querySelector("[data-tag-editor]");
  editor = next && new TagEditor(next);
}
