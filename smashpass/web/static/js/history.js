// The rows of "My swipes": a verdict, a picture once it comes into view, and what can be done.

import { ask, Refused } from "./api.js";
import { colour, describe } from "./cards.js";
import { keep, kept } from "./db.js";
import { badge, copy, slot, text } from "./texts.js";

const cards = new Map();
const other = (verdict) => (verdict === "smash" ? "pass" : "smash");

/** Remember a card that is at hand already. */
export const know = (card) => cards.set(card.image, card);

/** The card of an image: from memory, or from the server. */
export async function cardOf(image) {
  if (!cards.has(image)) know(await ask("GET", `/images/${image}`));
  return cards.get(image);
}

/** The row of a swipe; `say(message)` tells what was done, `why(swipe)` opens the reasons. */
export function historyRow(swipe, { queue, say, why }) {
  const row = copy("history-row");
  const draw = () => drawVerdict(row, swipe);
  const when = slot(row, "at");
  when.dateTime = swipe.at;
  when.textContent = new Date(swipe.at).toLocaleString(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  slot(row, "why").addEventListener("click", () => why(swipe));
  slot(row, "turn").addEventListener("click", () => {
    const verdict = other(swipe.verdict);
    Object.assign(swipe, queue.swipe(swipe.image, verdict));
    draw();
    say(text("me-changed", { verdict: text(verdict) }));
  });
  slot(row, "undo").addEventListener("click", () => {
    queue.undo(swipe.id);
    forgetStep(swipe.image);
    (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("button").focus();
    row.remove();
    say(text("me-removed"));
  });
  draw();
  inView.observe(row);
  row.dataset.image = swipe.image;
  return row;
}

/** The swipe page must not hold a card back that was taken back here. */
async function forgetStep(image) {
  const past = await kept("past");
  if (past) await keep("past", { ...past, steps: past.steps.filter(({ card }) => card.image !== image) });
}

function drawVerdict(row, { verdict, app_verdict: app }) {
  slot(row, "mine").replaceChildren(badge(verdict));
  slot(row, "app").textContent = app ? text("me-app", { verdict: text(app) }) : "";
  slot(row, "turn").textContent = text("me-change-to", { verdict: text(other(verdict)) });
}

/** Pictures are asked for when their row comes into view. */
const inView = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      inView.unobserve(target);
      drawImage(target);
    }
  },
  { rootMargin: "300px" },
);

async function drawImage(row) {
  let card;
  try {
    card = await cardOf(row.dataset.image);
  } catch (error) {
    slot(row, "tags").textContent = error instanceof Refused ? text("me-gone") : "";
    return;
  }
  slot(row, "tags").textContent = describe(card);
  slot(row, "why").ariaLabel = text("why-of", { picture: describe(card) });
  if (!card.media) return;
  const picture = new Image(72, 72);
  picture.alt = "";
  picture.src = card.media.small;
  colour(slot(row, "thumb"), card.media.placeholder);
  slot(row, "thumb").append(picture);
}
