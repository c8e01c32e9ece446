// The last decisions on this device: what undo goes back to, and what the app said to each.

import { keep, kept } from "./db.js";
import { colour, describe } from "./cards.js";
import { element, text } from "./texts.js";
import { badge } from "./why.js";

const STEPS = 60;
const LISTED = 6;
const SETTLED = 600; // milliseconds without a decision before they are put on the device
export const ROUND = 25;

export class Past {
  constructor() {
    this.steps = [];
    this.counted = 0;
  }

  /** Read what an earlier page left. */
  async start() {
    const before = (await kept("past").catch(() => undefined)) ?? { steps: [], counted: 0 };
    this.steps = before.steps;
    this.counted = before.counted;
  }

  push(step) {
    this.steps = [...this.steps.slice(1 - STEPS), step];
    this.counted += 1;
    this.save();
  }

  pop() {
    const step = this.steps.pop();
    this.counted = Math.max(0, this.counted - 1);
    this.save();
    return step;
  }

  save() {
    clearTimeout(this.saving);
    const { steps, counted } = this;
    this.saving = setTimeout(() => keep("past", { steps, counted }).catch(() => {}), SETTLED);
  }

  get last() {
    return this.steps.at(-1);
  }

  /** Whether a round of cards has just been filled. */
  get roundDone() {
    return this.counted > 0 && this.counted % ROUND === 0 && this.steps.length >= ROUND;
  }
}

/** Whether the viewer and the app agreed. */
export const agreed = ({ card, entry }) => card.decision?.verdict === entry.verdict;

/** The last few decisions as a list; `why(step)` opens the reasons of one. */
export function drawPast(list, steps, why) {
  const rows = steps.slice(-LISTED).reverse();
  const there = new Map([...list.children].map((row) => [row.dataset.id, row]));
  list.replaceChildren(...rows.map((step) => there.get(step.entry.id) ?? pastRow(step, why)));
}

function pastRow(step, why) {
  const { card, entry } = step;
  const row = element("li");
  row.dataset.id = entry.id;
  const button = element("button", "past-row");
  button.type = "button";
  const frame = element("span", "thumb");
  if (card.media) {
    const picture = new Image(48, 48);
    picture.src = card.media.small;
    picture.alt = "";
    colour(frame, card.media.placeholder);
    frame.append(picture);
  }
  const said = element("span", "said");
  const both = element("span", "both");
  both.append(badge(entry.verdict), element("span", "quiet", text(agreed(step) ? "agreed" : "differed")));
  said.append(both, element("span", "reason", card.decision?.reason ?? ""));
  button.append(frame, said);
  button.ariaLabel = text("why-of", { picture: describe(card) });
  button.addEventListener("click", () => why(step));
  row.append(button);
  return row;
}
