// Cards whose picture could not be loaded become pictures again: as soon as the server answers, and
// otherwise after longer and longer waits. Until a picture is there, its card stays as it is.

const SOON = 1000; // milliseconds to the first further try
const LATEST = 30000;

export class Mender {
  /** `draw()` makes cards that are missing in `stack`. */
  constructor(stack, draw) {
    Object.assign(this, { stack, draw, wait: SOON });
    // The error of a picture does not bubble.
    stack.area.addEventListener("error", () => this.plan(), true);
  }

  /** The pictures ahead that could not be loaded: [[image, picture]]. */
  get broken() {
    return [...this.stack.pictures.held].filter(([, picture]) => picture.dataset.broken);
  }

  /** Try again after a while, if a picture is missing and there is a network. */
  plan() {
    if (this.timer || !navigator.onLine || !this.broken.length) return;
    this.timer = setTimeout(() => this.retry(), this.wait);
    this.wait = Math.min(LATEST, 2 * this.wait);
  }

  /** The server answers: try now. */
  hurry() {
    this.wait = SOON;
    this.retry();
  }

  async retry() {
    clearTimeout(this.timer);
    // While this try lasts, no other is planned.
    this.timer = true;
    const loads = await Promise.all(this.broken.map(([, { src }]) => canLoad(src)));
    this.timer = null;
    if (!loads.length) this.wait = SOON;
    if (loads.includes(true)) this.mend();
    else this.plan();
  }

  /** Broken pictures and their cards are made anew. */
  mend() {
    const { area, pictures } = this.stack;
    for (const [image] of this.broken) pictures.held.delete(image);
    for (const card of area.querySelectorAll(".card[data-broken]")) card.remove();
    this.wait = SOON;
    this.draw();
  }
}

async function canLoad(source) {
  const picture = new Image();
  picture.src = source;
  return picture.decode().then(
    () => true,
    () => false,
  );
}
