// What the app said to the last answers: the line under the cards, the list, the count.

import { colour, describe, pictureSource } from "./cards.js";
import { agreed } from "./past.js";
import { mayMove } from "./stack.js";
import { badge, element, slot, text } from "./texts.js";

const LISTED = 6;
const LISTED_IN_SHEET = 20;
const RAISED = 1600; // milliseconds that a verdict stands over the edge of the next card
const SETTLING = { duration: 240, easing: "ease-out" };

/** The app's verdict on the card just swiped: over the edge of the next one first, then in its line. */
export function drawReveal(button, step, fresh = false) {
  button.hidden = !step?.card.decision;
  if (button.hidden || button.dataset.id === step.entry.id) return;
  button.dataset.id = step.entry.id;
  slot(button, "thumb").replaceWith(thumbnail(step.card));
  const app = step.card.decision;
  slot(button, "mine").replaceChildren(badge(step.entry.verdict));
  slot(button, "app").replaceChildren(badge(app.verdict));
  const how = slot(button, "agree");
  how.textContent = text(agreed(step) ? "you-agree" : "you-differ");
  how.classList.toggle("differ", !agreed(step));
  slot(button, "reason").textContent = app.explanation ?? app.reason;
  if (fresh) raise(button);
}

function raise(button) {
  button.classList.add("raised");
  clearTimeout(raise.timer);
  raise.timer = setTimeout(() => settle(button), RAISED);
}

function settle(button) {
  const { transform } = getComputedStyle(button);
  button.classList.remove("raised");
  if (mayMove()) button.animate([{ transform }, { transform: "none" }], SETTLING);
}

function thumbnail({ media }) {
  const frame = element("span", "thumb");
  frame.dataset.slot = "thumb";
  if (!media) return frame;
  const picture = new Image(48, 48);
  picture.src = pictureSource(media);
  picture.alt = "";
  colour(frame, media.placeholder);
  frame.append(picture);
  return frame;
}

/** The last few decisions as a list; `why(step)` opens the reasons of one. */
export function drawPast(list, steps, why) {
  const rows = steps.slice(list.closest("dialog") ? -LISTED_IN_SHEET : -LISTED).reverse();
  const there = new Map([...list.children].map((row) => [row.dataset.id, row]));
  list.replaceChildren(...rows.map((step) => there.get(step.entry.id) ?? pastRow(step, why)));
}

function pastRow(step, why) {
  const { card, entry } = step;
  const row = element("li");
  row.dataset.id = entry.id;
  const button = element("button", "past-row");
  button.type = "button";
  const both = element("span", "both");
  both.append(badge(entry.verdict));
  if (card.decision) both.append(element("span", "quiet", text(agreed(step) ? "agreed" : "differed")));
  const lines = element("span", "said");
  lines.append(both, element("span", "reason", card.decision?.explanation ?? card.decision?.reason ?? ""));
  button.append(thumbnail(card), lines);
  button.ariaLabel = text("why-of", { picture: describe(card) });
  button.addEventListener("click", () => why(step));
  row.append(button);
  return row;
}

/** How often the viewer and the app agreed, as a sentence and as a pill that opens the list. */
export function drawMeter(line, pill, steps) {
  const judged = steps.filter(({ card }) => card.decision);
  const values = { same: judged.filter(agreed).length, total: judged.length };
  line.textContent = judged.length ? text("meter", values) : "";
  pill.hidden = !judged.length;
  slot(pill, "count").textContent = text("pill", values);
  pill.ariaLabel = `${text("meter", values)} ${text("pill-opens")}`;
}
