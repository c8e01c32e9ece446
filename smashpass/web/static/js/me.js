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
  if (!unsaved) drawLimits(me.settings);
}

/** The settings that the server keeps: they hold on every device. */
function drawLimits(limits) {
  const { break_reminder: on, break_reminder_fixed: fixed, daily_limit: minutes } = limits;
  const daily = at("daily");
  const value = minutes === null ? "" : String(minutes);
  if (![...daily.options].some((option) => option.value === value)) daily.add(new Option(value, value));
  daily.value = value;
  daily.disabled = false;
  at("break").value = on ? "on" : "off";
  at("break").disabled = fixed;
  at("suggestions").value = limits.suggestions ? "on" : "off";
  at("suggestions").disabled = limits.suggestions_fixed;
}

let saving = Promise.resolve();
let unsaved = 0;

/** Changes reach the server in the order in which they were made; an answer to an older one resets no newer choice. */
function changeLimits({ target: { id, value } }) {
  const body = {
    break: () => ({ break_reminder: value === "on" }),
    daily: () => ({ daily_limit: value ? Number(value) : null }),
    suggestions: () => ({ suggestions: value === "on" }),
  }[id]();
  unsaved += 1;
  saving = saving.then(async () => {
    try {
      const { settings: limits } = await ask("PATCH", "/me", { body });
      if (unsaved === 1) drawLimits(limits);
    } catch (error) {
      tell(error);
    } finally {
      unsaved -= 1;
    }
  });
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

function settings() {
  at("limits").addEventListener("change", changeLimits);
  for (const name of ["motion", "keys", "letters"]) {
    const select = at(name);
    select.value = localStorage.getItem(name) ?? select.value;
    select.addEventListener("change", () => localStorage.setItem(name, select.value));
  }
  const root = document.documentElement;
  at("theme").value = root.dataset.theme ?? "";
  at("theme").addEventListener("change", ({ target: { value } }) => {
    // A cookie, so that the server can send the page in the right colours at once.
    const age = value ? 365 * 24 * 3600 : 0;
    document.cookie = `theme=${value}; path=${root.dataset.root}; max-age=${age}; samesite=lax`;
    if (value) root.dataset.theme = value;
    else delete root.dataset.theme;
  });
}

async function start() {
  settings();
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
