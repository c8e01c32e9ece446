// The tags of one image as chips, with a completing combobox after the ARIA pattern (list, manual
// selection). The plain field remains the submitted one, so the form works without this module.
import { Rows } from "./tag_rows.js";

const KEPT = "unsaved tags";
const split = (text) => text.split(/[\s,]+/).filter(Boolean);

class TagEditor {
  constructor(root) {
    this.root = root;
    this.form = root.closest("form");
    this.field = root.querySelector("textarea");
    this.box = root.querySelector("[role=combobox]");
    this.says = root.querySelector("[data-slot=says]");
    this.chips = root.querySelector("[data-slot=chips]");
    this.seen = split(root.dataset.seen);
    this.tags = new Set(split(this.field.value));
    this.waiting = new Set(); // completions that were asked for by Tab before they were known
    this.rows = new Rows(this.box, root.querySelector("[role=listbox]"), root.dataset.names, (name) => this.take(name));
    for (const one of root.querySelectorAll("[data-slot=chips], [data-slot=suggested]")) one.hidden = false;
    this.bringBack();
    this.draw();
    this.listen();
    root.dataset.ready = "";
    if (this.box.value) this.rows.input(new Event("input")); // typed before this was loaded
  }

  listen() {
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("input", () => this.say(""));
    this.root.addEventListener("click", (event) => {
      const add = event.target.closest("[data-add]");
      if (add) this.toggle(add.dataset.add);
      const remove = event.target.closest("[data-remove]");
      if (remove) { this.remove(remove.dataset.remove); this.box.focus(); }
    });
    addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat || event.defaultPrevented) return;
      event.preventDefault();
      this.save();
    });
    this.form.addEventListener("submit", (event) => this.submit(event));
  }

  key(event) {
    const typed = this.box.value.trim();
    if (event.isComposing) return;
    if (event.key === "Tab" && typed && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) this.complete(typed);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (event.repeat) return;
      if (typed) this.literal(typed);
      else this.save();
    } else if (event.key === "Enter") {
      if (this.rows.active) this.take(this.rows.active);
      else if (typed) this.say("Tab adds the first matching tag; Ctrl+Enter adds the text as typed.");
    } else if (event.key === "Escape") {
      if (this.rows.open) this.rows.close();
      else if (typed) this.box.value = "";
      else this.box.blur();
    } else if (!this.rows.key(event)) return;
    event.preventDefault();
  }

  /** Take the highlighted tag, or the first that fits, now or when it is known. */
  complete(typed) {
    const active = this.rows.active ?? this.rows.first(typed);
    if (active) return this.take(active);
    this.box.value = "";
    this.rows.close();
    this.waiting.add(typed);
    this.draw();
    this.rows.look(typed).then((found) => {
      this.waiting.delete(typed);
      if (found.length) this.add(found[0].name);
      else {
        if (!this.box.value) this.box.value = typed;
        this.draw();
        this.say(`No tag matches “${typed}”. Ctrl+Enter adds it as typed.`);
      }
      this.wake?.();
    });
    return undefined;
  }

  literal(typed) {
    for (const each of typed.split(",")) {
      const name = each.trim().replaceAll(/\s+/g, "_").toLowerCase();
      if (name) this.add(name);
    }
    this.box.value = "";
    this.rows.close();
  }

  take(name) {
    this.box.value = "";
    this.rows.close();
    this.add(name);
  }

  toggle(name) {
    if (this.tags.has(name)) this.remove(name);
    else this.add(name);
  }

  add(name) {
    this.tags.add(name);
    this.say(`Added ${name}.`);
    this.changed();
  }

  remove(name) {
    this.tags.delete(name);
    this.say(`Removed ${name}.`);
    this.changed();
  }

  changed() {
    this.draw();
    this.keep(false);
  }

  draw() {
    const seen = new Set(this.seen);
    const chip = (name, word, mark, note) => {
      const item = document.createElement("li");
      const button = Object.assign(document.createElement("button"), { type: "button", className: `chip ${note}` });
      if (word === "Remove") button.dataset.remove = name;
      else button.dataset.add = name;
      button.ariaLabel = `${word} ${name}`;
      const sign = Object.assign(document.createElement("span"), { className: "x", textContent: mark, ariaHidden: "true" });
      button.append(note === "gone" ? document.createElement("s") : name, sign);
      if (note === "gone") button.firstChild.textContent = name;
      item.append(button);
      return item;
    };
    const gone = this.seen.filter((name) => !this.tags.has(name));
    this.chips.replaceChildren(
      ...[...this.tags].map((name) => chip(name, "Remove", "×", seen.has(name) ? "" : "new")),
      ...gone.map((name) => chip(name, "Restore", "↩", "gone")),
      ...[...this.waiting].map((typed) => Object.assign(document.createElement("li"), { className: "quiet", textContent: `${typed}…` })),
    );
    for (const one of this.root.querySelectorAll(".suggested [data-add]")) one.ariaPressed = String(this.tags.has(one.dataset.add));
    this.field.value = [...this.tags].join(" ");
  }

  say(text) {
    this.says.textContent = text;
  }

  async save() {
    if (this.waiting.size) {
      await new Promise((resolve) => { this.wake = () => { if (!this.waiting.size) resolve(); }; });
      this.wake = undefined;
    }
    this.form.requestSubmit(this.form.querySelector("button.first"));
  }

  submit(event) {
    if (event.submitter && "skip" in event.submitter.dataset) return sessionStorage.removeItem(KEPT);
    const left = this.box.value.trim();
    if (left || this.waiting.size) {
      event.preventDefault();
      this.box.focus();
      this.say(left ? `“${left}” is not a tag yet: Tab completes it, Ctrl+Enter adds it as typed.` : "One moment, still looking up a tag.");
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
    this.say("Your unsaved edits were restored.");
    this.keep(false);
  }
}

const root = document.querySelector("[data-tag-editor]");
if (root) new TagEditor(root);
