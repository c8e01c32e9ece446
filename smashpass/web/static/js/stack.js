// The stack: the top card, the one behind it, and one that is just flying off. Never more.

import { makeCard, Pictures } from "./cards.js";
import { watchDrag } from "./input.js";

const BEHIND = "translateY(calc(2% + .625rem)) scale(.96)"; // as the style sheet has it
const STEP = 1000 / 60; // milliseconds between two frames of a spring
const LONGEST = 900; // milliseconds
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether things may move: the system's wish, or the switch on "My swipes". */
export const mayMove = () => !still.matches && localStorage.getItem("motion") !== "off";

export class Stack {
  /** `decide(verdict)` is called once for each card that is thrown by hand. */
  constructor(area, decide) {
    this.area = area;
    this.pictures = new Pictures();
    this.flying = null;
    new ResizeObserver(() => this.fit()).observe(area);
    this.fit();
    watchDrag(area, {
      ready: () => Boolean(this.top),
      moved: (motion) => this.follow(motion),
      thrown: (direction, motion) => {
        this.motion = motion;
        decide(direction > 0 ? "smash" : "pass");
        this.motion = null;
      },
      released: (motion) => this.release(motion),
    });
  }

  /** Keep how much room there is. No container query: that would lay out the page within a swipe. */
  fit() {
    const { area } = this;
    const height = area.offsetHeight / Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.width = area.offsetWidth;
    area.dataset.room = height < 12 ? "least" : height < 27 ? "little" : "";
  }

  get top() {
    return this.area.querySelector(".card.top");
  }

  follow({ x, y }) {
    const card = this.top;
    if (!card) return;
    for (const motion of card.getAnimations()) motion.cancel();
    const { width } = this;
    card.style.transform = leaning(x, y, width);
    const share = Math.min(1, Math.abs(x) / (0.35 * width));
    card.style.setProperty("--smash-share", x > 0 ? share.toFixed(2) : "0");
    card.style.setProperty("--pass-share", x < 0 ? share.toFixed(2) : "0");
  }

  release(motion) {
    const card = this.top;
    if (!card) return;
    card.style.cssText = "";
    if (mayMove()) swingBack(card, motion, this.width);
  }

  /** Show the first two of `cards`; elements that are there already stay. */
  show(cards, wanted) {
    this.pictures.prepare(cards);
    const there = new Map(
      [...this.area.querySelectorAll(":scope > .card:not(.flying)")].map((card) => [card.dataset.image, card]),
    );
    const next = cards.slice(0, 2).map((card, place) => {
      const made = there.get(card.image) ?? makeCard(card, this.pictures, wanted);
      there.delete(card.image);
      made.classList.toggle("top", place === 0);
      made.inert = place !== 0;
      made.ariaHidden = place === 0 ? null : "true";
      return made;
    });
    for (const left of there.values()) left.remove();
    // The top card comes last: it lies over the one behind without any z-index.
    for (const made of next.reverse()) {
      if (made.parentNode !== this.area) this.area.prepend(made);
    }
    const [behind, top] = next.length === 2 ? next : [null, next[0]];
    if (behind && behind.nextElementSibling !== top) top.before(behind);
    this.area.dataset.depth = Math.min(cards.length, 3);
  }

  /** The card behind comes to the top in this very frame; the rest may follow after it. */
  promote() {
    const [next] = this.area.querySelectorAll(":scope > .card:not(.flying)");
    if (!next) return;
    next.classList.add("top");
    next.inert = false;
    next.ariaHidden = null;
    if (mayMove()) {
      next.animate([{ transform: BEHIND }, { transform: "none" }], { duration: 180, easing: "ease-out" });
    }
  }

  /** The top card was decided: it flies off to its side while the next one is there already. */
  throwTop(verdict) {
    const card = this.top;
    if (!card) return;
    const motion = this.motion ?? { x: 0, y: 0, speed: 0 };
    const direction = verdict === "smash" ? 1 : -1;
    this.flying?.remove();
    this.flying = null;
    if (!mayMove()) {
      card.remove();
      return;
    }
    card.classList.remove("top");
    card.classList.add("flying");
    card.inert = true;
    card.ariaHidden = "true";
    card.style.setProperty(`--${verdict}-share`, "1");
    this.flying = card;
    const flight = flyOut(card, motion, direction, this.width);
    flight.onfinish = () => {
      card.remove();
      flight.cancel(); // A finished animation that still fills would keep the card in memory.
      if (this.flying === card) this.flying = null;
    };
  }

  /** The top card has come back from the side its verdict had sent it to. */
  welcomeBack(verdict) {
    this.flying?.remove();
    this.flying = null;
    if (this.top && mayMove()) flyIn(this.top, verdict === "smash" ? 1 : -1, this.width);
  }
}

// Our own spring, as keyframes for the Web Animations API: sampled once, then the compositor runs it.

/** How far a damped spring is from rest, at each frame: from 1 (with `speed` per ms) to 0. */
function springSteps({ stiffness = 320, damping = 26, speed = 0 } = {}) {
  const steps = [1];
  let place = 1;
  let velocity = speed * 1000;
  for (let time = 0; time < LONGEST; time += STEP) {
    for (let part = 0; part < 4; part += 1) {
      velocity += (-stiffness * place - damping * velocity) * (STEP / 4000);
      place += velocity * (STEP / 4000);
    }
    if (Math.abs(place) < 0.002 && Math.abs(velocity) < 0.02) break;
    steps.push(place);
  }
  steps.push(0);
  return steps;
}

/** The transform of a card dragged by (x, y). It leans the way it goes. */
const leaning = (x, y, width) =>
  `translate3d(${x.toFixed(1)}px,${y.toFixed(1)}px,0) rotate(${((x / width) * 14).toFixed(2)}deg)`;

/** Let the card swing from (x, y) back to its place. */
function swingBack(card, { x, y, speed }, width) {
  const steps = springSteps({ speed: x ? speed / x : 0 });
  return card.animate(
    steps.map((step) => ({ transform: leaning(x * step, y * step, width) })),
    { duration: (steps.length - 1) * STEP, easing: "linear" },
  );
}

/** Let the card fly out to the side `direction` (-1 or 1) from (x, y), at least at its own speed. */
function flyOut(card, { x, y, speed }, direction, width) {
  const goal = direction * (innerWidth / 2 + width);
  const duration = Math.min(420, Math.max(180, Math.abs(goal - x) / Math.max(Math.abs(speed), 2)));
  return card.animate(
    [
      { transform: leaning(x, y, width), opacity: 1 },
      { transform: leaning(goal, y + Math.abs(y) * 0.3, width), opacity: 0.4 },
    ],
    { duration, easing: "cubic-bezier(.25,.6,.5,1)", fill: "forwards" },
  );
}

/** Let the card come in from the side it left by. */
function flyIn(card, direction, width) {
  const steps = springSteps({ stiffness: 260, damping: 28 });
  const from = direction * (innerWidth / 2 + width / 2);
  return card.animate(
    steps.map((step) => ({ transform: leaning(from * step, 0, width) })),
    { duration: (steps.length - 1) * STEP, easing: "linear" },
  );
}
