// Shows a larger picture of the image under the pointer or the focus, with tags, decisions, size.
// It stays beside its tile, can be pointed at, and Escape closes it (WCAG 2.2, SC 1.4.13).
const WAIT_MS = 350;
const GAP = 8;

function part(name, className, content) {
  const element = document.createElement(name);
  element.className = className;
  element.append(...[content].flat());
  return element;
}

export class HoverCard {
  constructor(root) {
    Object.assign(this, { root, cards: new Map(), timer: 0, tile: undefined });
    this.card = part("aside", "hover-card", "");
    this.card.id = "hover-card";
    this.card.hidden = true;
    root.after(this.card);
    for (const area of [root, this.card]) {
      area.addEventListener("pointerover", (event) => { if (event.pointerType !== "touch") this.enter(event); });
      area.addEventListener("pointerleave", () => this.wait(undefined));
    }
    root.addEventListener("focusin", (event) => { if (event.target.matches("[data-item]:focus-visible")) this.enter(event); });
    root.addEventListener("focusout", () => this.wait(undefined));
    addEventListener("keydown", (event) => this.key(event));
    addEventListener("scroll", () => this.close(), { passive: true });
  }

  /** Escape in a dialog closes the dialog, which lies above the card. */
  key(event) {
    if (event.key !== "Escape" || this.card.hidden || event.target.closest?.("dialog")) return;
    event.preventDefault();
    this.close();
  }

  enter(event) {
    if (this.card.contains(event.target)) clearTimeout(this.timer);
    else this.wait(event.target.closest("[data-tile]") ?? undefined);
  }

  wait(tile) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (tile ? this.open(tile) : this.close()), WAIT_MS);
  }

  close() {
    clearTimeout(this.timer);
    this.tile?.querySelector("[data-item]").removeAttribute("aria-describedby");
    this.tile = undefined;
    this.card.hidden = true;
  }

  async open(tile) {
    if (tile === this.tile || innerWidth < 800) return;
    this.close();
    this.tile = tile;
    const { href } = tile.querySelector("[data-item]");
    if (!this.cards.has(href)) this.cards.set(href, this.ask(href));
    const content = await this.cards.get(href);
    if (!content) this.cards.delete(href);
    else if (this.tile === tile && tile.isConnected) this.show(tile, content);
  }

  async ask(href) {
    try {
      const answer = await fetch(href, { headers: { Accept: "application/json" } });
      return answer.ok ? await answer.json() : undefined;
    } catch {
      return undefined; // no network: the page of the image has the same, later
    }
  }

  show(tile, { picture, width, height, size, tags, decisions }) {
    const verdicts = decisions.map(({ tree, verdict, label }) =>
      part("li", "", [`${tree}: `, part("b", `says-so ${verdict}`, `${verdict === "smash" ? "✓" : "✕"} ${label}`)]));
    this.card.replaceChildren(part("p", "quiet small", size), part("p", "", tags), part("ul", "plain-list", verdicts));
    if (picture) {
      const image = Object.assign(new Image(width, height), { alt: "", src: picture });
      this.card.prepend(image);
    }
    this.card.hidden = false;
    this.place(tile.getBoundingClientRect());
    tile.querySelector("[data-item]").setAttribute("aria-describedby", this.card.id);
  }

  /** Beside the tile, on the side with more room, within the window. */
  place(tile) {
    const { offsetWidth, offsetHeight } = this.card;
    const after = tile.right + GAP + offsetWidth <= innerWidth;
    const left = after ? tile.right + GAP : Math.max(GAP, tile.left - GAP - offsetWidth);
    const top = Math.max(GAP, Math.min(tile.top, innerHeight - offsetHeight - GAP));
    this.card.style.setProperty("left", `${left}px`);
    this.card.style.setProperty("top", `${top}px`);
  }
}
