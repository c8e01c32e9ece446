// "My swipes": everything the server keeps about this viewer, to read, change, take away.

import { ask, Refused } from "./api.js";
import { colour, describe } from "./cards.js";
import { forget, keep, kept } from "./db.js";
import { Queue } from "./queue.js";
import { badge, copy, element, slot, text } from "./texts.js";

const at = (id) => document.getElementById(id);
const queue = new Queue(() => {
  at("network").textContent = queue.waiting && queue.trouble ? text("me-waiting", { n: queue.waiting }) : "";
});
const images = new Map();
let next = "";
const newest = new Set(); // images in the list: older swipes of them no longer count

async function load() {
  const answer = await ask("GET", "/me/swipes", { query: { after: next || undefined, limit: 30 } });
  next = answer.next;
  at("more").hidden = !next;
  const shown = answer.swipes.filter(({ image }) => !newest.has(image) && newest.add(image));
  at("history").append(...shown.map(historyRow));
  if (!at("history").children.length) at("status").textContent = text("me-none");
  filter();
}

function historyRow(swipe) {
  const row = copy("history-row");
  const draw = () => drawVerdict(row, swipe);
  const when = slot(row, "at");
  when.dateTime = swipe.at;
  when.textContent = new Date(swipe.at).toLocaleString(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  slot(row, "turn").addEventListener("click", () => {
    const verdict = other(swipe.verdict);
    Object.assign(swipe, queue.swipe(swipe.image, verdict));
    draw();
    at("status").textContent = text("me-changed", { verdict: text(verdict) });
  });
  slot(row, "undo").addEventListener("click", () => {
    queue.undo(swipe.id);
    forgetStep(swipe.image);
    (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("button").focus();
    row.remove();
    at("status").textContent = text("me-removed");
  });
  draw();
  seen.observe(row);
  row.dataset.image = swipe.image;
  return row;
}

/** The swipe page must not hold a card back that was taken back here. */
async function forgetStep(image) {
  const past = await kept("past");
  if (past) await keep("past", { ...past, steps: past.steps.filter(({ card }) => card.image !== image) });
}

const other = (verdict) => (verdict === "smash" ? "pass" : "smash");

function drawVerdict(row, { verdict, app_verdict: app }) {
  row.dataset.show = `${verdict}${app && app !== verdict ? " differed" : ""}`;
  slot(row, "mine").replaceChildren(badge(verdict));
  slot(row, "app").textContent = app ? text("me-app", { verdict: text(app) }) : "";
  slot(row, "turn").textContent = text("me-change-to", { verdict: text(other(verdict)) });
}

/** Pictures are asked for when their row comes into view. */
const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      drawImage(target);
    }
  },
  { rootMargin: "300px" },
);

async function drawImage(row) {
  const { image } = row.dataset;
  let card;
  try {
    card = images.get(image) ?? (await ask("GET", `/images/${image}`));
  } catch (error) {
    slot(row, "tags").textContent = error instanceof Refused ? text("me-gone") : "";
    return;
  }
  images.set(image, card);
  slot(row, "tags").textContent = describe(card);
  if (!card.media) return;
  const picture = new Image(72, 72);
  picture.alt = "";
  picture.src = card.media.small;
  colour(slot(row, "thumb"), card.media.placeholder);
  slot(row, "thumb").append(picture);
}

function filter() {
  const wanted = new FormData(at("filters")).get("show");
  for (const row of at("history").children) {
    row.hidden = Boolean(wanted) && !row.dataset.show.split(" ").includes(wanted);
  }
}

async function sum() {
  const me = await ask("GET", "/me");
  const n = typeof me.swipes === "number" ? me.swipes : me.swipes?.total;
  if (n !== undefined) at("sum").textContent = text("me-count", { n });
}

async function remove() {
  try {
    await ask("DELETE", "/me");
  } catch (error) {
    at("status").textContent = text("me-delete-failed", { detail: error.message });
    return;
  }
  await forget();
  for (const name of await globalThis.caches?.keys() ?? []) await caches.delete(name);
  localStorage.clear();
  sessionStorage.clear();
  location.assign(document.documentElement.dataset.play);
}

async function start() {
  at("filters").addEventListener("change", filter);
  at("more").addEventListener("click", () => load().catch(tell));
  at("delete").addEventListener("click", () => at("sure").showModal());
  at("sure").addEventListener("close", () => {
    if (at("sure").returnValue === "yes") remove();
  });
  await queue.start();
  try {
    await queue.flush();
    await Promise.all([load(), sum()]);
  } catch (error) {
    tell(error);
  }
}

function tell(error) {
  if (error instanceof Refused && error.status === 401) {
    location.assign(document.documentElement.dataset.gate);
    return;
  }
  at("status").textContent = text("me-failed", { detail: error.message });
}

start();
