// What this device keeps of the last swipes, for the time without a network.

import { kept, queued } from "./db.js";
import { know } from "./history.js";

const KINDS = {
  all: () => true,
  smash: ({ verdict }) => verdict === "smash",
  pass: ({ verdict }) => verdict === "pass",
  differed: ({ verdict, app_verdict: app }) => Boolean(app) && app !== verdict,
};

/** The swipes on this device, newest first and one per picture: those decided here, and those not sent yet. */
export async function swipesHere(show) {
  const [past, waiting] = await Promise.all([kept("past"), queued()]);
  const undone = new Set(waiting.map(([, entry]) => entry.undo));
  const swipes = new Map();
  const take = (swipe) => {
    if (undone.has(swipe.id)) return;
    swipes.delete(swipe.image);
    swipes.set(swipe.image, swipe);
  };
  for (const { card, entry } of past?.steps ?? []) {
    know(card);
    take({ ...entry, app_verdict: card.decision?.verdict ?? null, decision: card.decision });
  }
  for (const [, entry] of waiting) {
    if (entry.image) take({ app_verdict: null, ...swipes.get(entry.image), ...entry });
  }
  return [...swipes.values()].reverse().filter(KINDS[show]);
}
