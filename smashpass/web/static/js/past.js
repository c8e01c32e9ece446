// The last decisions on this device: what undo goes back to, and what the app said to each.

import { keep, kept } from "./db.js";

const STEPS = 60;
const SETTLED = 600; // milliseconds without a decision before they are put on the device
const HURRIED = 1000; // milliseconds between two decisions in which nobody wants to read results
export const ROUND = 25;

export class Past {
  constructor() {
    this.steps = [];
    this.counted = 0;
    this.roundAt = 0; // how many were counted when the last round ended
    this.roundDone = false; // whether a round has just ended and its card is to be shown
  }

  /** Read what an earlier page left. */
  async start() {
    const before = (await kept("past").catch(() => undefined)) ?? { steps: [], counted: 0 };
    this.steps = before.steps;
    this.counted = before.counted;
    this.roundAt = before.roundAt ?? this.counted - (this.counted % ROUND);
  }

  push(step) {
    this.steps = [...this.steps.slice(1 - STEPS), step];
    this.counted += 1;
    const now = performance.now();
    this.roundDone = this.counted - this.roundAt >= ROUND && now - this.pushedAt > HURRIED;
    if (this.roundDone) this.roundAt = this.counted;
    this.pushedAt = now;
    this.save();
  }

  pop() {
    const step = this.steps.pop();
    this.counted = Math.max(0, this.counted - 1);
    this.roundDone = false;
    this.save();
    return step;
  }

  save() {
    clearTimeout(this.saving);
    const { steps, counted, roundAt } = this;
    this.saving = setTimeout(() => keep("past", { steps, counted, roundAt }).catch(() => {}), SETTLED);
  }

  get last() {
    return this.steps.at(-1);
  }
}

/** Whether the viewer and the app agreed. */
export const agreed = ({ card, entry }) => card.decision?.verdict === entry.verdict;
