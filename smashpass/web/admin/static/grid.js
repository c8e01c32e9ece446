// Selects images in the grid: by checkbox, Shift for a range, or keys; arrow keys move the focus.
import { HoverCard } from "./hover_card.js";
import { text } from "./texts.js";

class Grid {
  constructor(root) {
    this.root = root;
    this.tiles = [...root.querySelectorAll("[data-tile]")];
    this.links = this.tiles.map((tile) => tile.querySelector("[data-item]"));
    this.boxes = this.tiles.map((tile) => tile.querySelector(".pick")).filter(Boolean);
    this.at = 0;
    this.anchor = 0;
    this.links.forEach((link, place) => { link.tabIndex = place ? -1 : 0; });
    root.addEventListener("focusin", (event) => this.focused(event));
    root.addEventListener("keydown", (event) => this.key(event));
    if (this.boxes.length) this.listen();
  }

  listen() {
    const { root } = this;
    this.matched = Number(root.dataset.matched);
    this.count = root.querySelector("[data-slot=selected]");
    this.edit = root.querySelector("[data-edit]");
    this.clear = root.querySelector("[data-select=none]");
    this.mode = root.elements.of;
    for (const box of this.boxes) box.tabIndex = -1; // Space on the picture does the same
    for (const part of root.querySelectorAll("[data-select]")) part.hidden = false;
    root.addEventListener("click", (event) => this.click(event));
    root.addEventListener("formdata", ({ formData }) => { if (this.all) formData.delete("image"); });
    document.addEventListener("click", (event) => {
      if (event.target.closest("[data-select-one]")) this.toggle(this.at, false);
    });
    addEventListener("pageshow", () => this.draw()); // the browser restores boxes on the way back
    this.draw();
  }

  /** Whether all images that match are selected, those on other pages too. */
  get all() {
    return this.mode.value === "query";
  }

  focused(event) {
    const place = this.links.indexOf(event.target);
    if (place < 0 || place === this.at) return;
    this.links[this.at].tabIndex = -1;
    this.links[place].tabIndex = 0;
    this.at = place;
  }

  click(event) {
    const place = this.boxes.indexOf(event.target);
    if (place >= 0) {
      this.choose(place, this.boxes[place].checked, event.shiftKey);
      this.links[place].focus({ preventScroll: true });
      return;
    }
    const act = event.target.closest("[data-select]")?.dataset.select;
    if (act) this.set(act !== "none", act === "all");
  }

  key(event) {
    if (event.altKey || !this.links.includes(event.target)) return;
    const plain = !event.ctrlKey && !event.metaKey;
    if (event.key.toLowerCase() === "a" && !plain && this.boxes.length) this.set(true, false);
    else if (event.key === " " && plain && this.boxes.length) this.toggle(this.at, event.shiftKey);
    else if (plain) {
      const to = this.target(event.key);
      if (to === undefined) return;
      if (this.links[to]) {
        this.links[to].focus();
        if (event.shiftKey && this.boxes.length) this.choose(to, true, true);
      }
    } else return;
    event.preventDefault();
  }

  /** The place that a key leads to; undefined for other keys. */
  target(key) {
    const forward = getComputedStyle(this.root).direction === "rtl" ? -1 : 1;
    const top = this.tiles[0].offsetTop;
    const below = this.tiles.findIndex((tile) => tile.offsetTop > top);
    const columns = below < 0 ? this.tiles.length : below;
    const by = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: columns, ArrowUp: -columns }[key];
    if (by) return this.at + by;
    return { Home: 0, End: this.tiles.length - 1 }[key];
  }

  toggle(place, ranged) {
    this.choose(place, ranged || !this.boxes[place].checked, ranged);
  }

  choose(place, on, ranged) {
    const [from, to] = ranged ? [Math.min(this.anchor, place), Math.max(this.anchor, place)] : [place, place];
    for (const box of this.boxes.slice(from, to + 1)) box.checked = on;
    if (!ranged) this.anchor = place;
    this.mode.value = "images";
    this.draw();
  }

  set(on, all) {
    for (const box of this.boxes) box.checked = on;
    this.mode.value = all ? "query" : "images";
    this.draw();
  }

  draw() {
    const n = this.all ? this.matched : this.boxes.filter((box) => box.checked).length;
    this.clear.hidden = !n;
    this.count.textContent = text("selected", { n });
    this.edit.disabled = !n;
  }
}

const root = document.querySelector("[data-grid]");
if (root) {
  new Grid(root);
  new HoverCard(root);
}
