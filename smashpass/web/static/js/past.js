// The last decisions on this device: what undo goes back to, and what the app said to each.

import { keep, kept } from "./db.js";

const STEPS = 60;
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
    this.roundDone = this.counted % ROUND === 0 && this.steps.length >= ROUND;
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
    const { steps, counted } = this;
    this.saving = setTimeout(() => keep("past", { steps, counted }).catch(() => {}), SETTLED);
  }

  get last() {
    return this.steps.at(-1);
  }
}

/** Whether the viewer and the app agreed. */
export const agreed = ({ card, entry }) => card.decision?.verdict === entry.verdict;
