// The swipe page: decide first, move afterwards, send when there is a network.

import { ask, Refused } from "./api.js";
import { lasting } from "./db.js";
import { Deck } from "./deck.js";
import { watchKeys } from "./keys.js";
import { agreed, drawPast, Past } from "./past.js";
import { Queue } from "./queue.js";
import { Wish } from "./search.js";
import { deckLine, drawState, likeLine, stateOf } from "./states.js";
import { mayMove, Stack } from "./stack.js";
import { element, text } from "./texts.js";
import { badge, fillWhy } from "./why.js";

const BOUNCE = 30; // milliseconds in which a second click is the same click
const PATIENCE = 10000; // milliseconds before a struggling server is spoken of
const QUIET = 500;
const RETRIED = ["offline", "unreachable", "busy", "error"];

const at = (id) => document.getElementById(id);
const queue = new Queue(() => drawNetwork(), ({ begin }) => deck.lookAt(begin));
const deck = new Deck(queue, () => draw());
const past = new Past();
const stack = new Stack(at("stack"), decide);
const wish = new Wish(at("wish"), deal);
let persists = true;
let pressedAt = -BOUNCE;
let saying;
let following = false; // whether what follows a decision is still to be done

function decide(verdict) {
  if (deck.until || !deck.top) return;
  performance.mark("decided");
  const card = deck.top;
  if (stack.top?.dataset.image !== card.image) draw();
  stack.throwTop(verdict);
  stack.promote();
  const entry = queue.swipe(card.image, verdict);
  past.push({ card, entry, deck: deck.info?.deck, wish: wish.spoken });
  deck.take();
  drawReveal();
  // The next card is there. Everything else can wait until it is painted.
  if (!following) requestAnimationFrame(() => setTimeout(follow));
  following = true;
  if (mayMove()) navigator.vibrate?.(12);
}

function follow() {
  following = false;
  deck.follow();
  draw();
  const step = past.last;
  if (!step) return;
  const app = step.card.decision;
  const verdictText = app ? text("said", { verdict: text(app.verdict), reason: app.reason }) : "";
  say(`${text(step.entry.verdict)}. ${verdictText}`);
}

function undo() {
  const step = past.pop();
  if (!step) return;
  queue.undo(step.entry.id);
  deck.putBack(step.card);
  deck.save();
  draw();
  stack.welcomeBack(step.entry.verdict);
  say(text("taken-back"));
}

function deal() {
  const query = wish.query;
  const url = new URL(location);
  if (query) url.searchParams.set("q", query);
  else url.searchParams.delete("q");
  history.replaceState(null, "", url);
  localStorage.setItem("wish", query);
  const like = url.searchParams.get("like");
  deck.start(query, url.searchParams.get("tree") ?? "", like ? `like:${like}` : orderOf(url));
  draw();
}

/** The order that was chosen, here or on the last visit; "" is the usual one. */
function orderOf(url) {
  const order = url.searchParams.get("order") ?? localStorage.getItem("order") ?? "";
  return order === "random" ? "" : order;
}

/** Deal in another order, now and on the next visit. */
function dealInOrder(order) {
  localStorage.setItem("order", order);
  const url = new URL(location);
  if (order === "random") url.searchParams.delete("order");
  else url.searchParams.set("order", order);
  history.replaceState(null, "", url);
  deal();
}

/** Deal by likeness to a picture, or no longer if it is "". */
function dealLike(image) {
  const url = new URL(location);
  if (image) url.searchParams.set("like", image);
  else url.searchParams.delete("like");
  history.replaceState(null, "", url);
  deal();
}

function act(name, value) {
  if (name === "again") deck.start(deck.query, deck.tree, deck.order);
  else if (name === "clear") {
    wish.set("");
    dealLike("");
  } else if (name === "describe") import("./describe.js").then(({ describe }) => describe(wish));
  else if (name === "change") at("q").focus();
  else if (name === "use") wish.replaceAt(value.position, value.end, value.name);
  else if (name === "mine") location.assign(document.documentElement.dataset.mine);
  else if (name === "settings") location.assign(`${document.documentElement.dataset.mine}#settings`);
  else if (name === "random") dealInOrder("random");
  else if (name === "gate") location.assign(document.documentElement.dataset.gate);
}

function draw() {
  const state = stateOf(deck);
  const busy = state?.kind === "loading";
  stack.show(state ? [] : deck.cards, wish.names);
  drawState(at("state"), state, act);
  at("stack").ariaBusy = String(busy);
  if (busy) setTimeout(draw, 2050);
  clearTimeout(draw.retry);
  if (RETRIED.includes(state?.kind)) draw.retry = setTimeout(() => deck.refill(), PATIENCE);
  else if (state && at("state").dataset.said !== state.kind) say(text(`state-${state.kind}`));
  at("state").dataset.said = state && !busy ? state.kind : "";
  for (const id of ["smash", "pass", "why-now"]) at(id).ariaDisabled = String(Boolean(state));
  at("undo").ariaDisabled = String(!past.steps.length);
  const line = deckLine(deck.info, wish.query);
  at("like").hidden = !deck.byLikeness;
  at("order-line").hidden = deck.byLikeness;
  if (!deck.byLikeness) at("order").value = deck.order || "random";
  at("like-how").textContent = likeLine(deck.info);
  at("deck-line").textContent = state ? "" : line;
  at("keep-widened").hidden = Boolean(state) || deck.info?.deck.state !== "widened";
  drawReveal();
  drawPast(at("past"), past.steps, (step) => openWhy(step));
  at("past-empty").hidden = past.steps.length > 0;
  drawMeter();
}

/** The app's verdict, after the viewer's own. */
function drawReveal() {
  const step = past.last;
  const line = at("reveal");
  line.hidden = !step;
  if (!step || line.dataset.id === step.entry.id) return;
  line.dataset.id = step.entry.id;
  const app = step.card.decision;
  const said = at("reveal-text");
  said.replaceChildren();
  if (app) {
    const how = agreed(step) ? "app-agrees" : "app-differs";
    said.append(element("span", "quiet", text(how)), badge(app.verdict));
    said.append(element("span", "reason", app.reason));
  }
  at("round").hidden = !past.roundDone;
}

function drawMeter() {
  const judged = past.steps.filter(({ card }) => card.decision);
  const same = judged.filter(agreed).length;
  at("meter").textContent = judged.length ? text("meter", { same, total: judged.length }) : "";
}

function drawNetwork() {
  at("network").textContent = networkText();
  clearTimeout(drawNetwork.timer);
  if (queue.trouble) drawNetwork.timer = setTimeout(drawNetwork, PATIENCE);
}

function networkText() {
  const n = queue.waiting;
  const refused = queue.trouble instanceof Refused;
  const place = text(persists ? "kept-here" : "kept-open");
  if (refused && queue.trouble.status === 401) return text("waiting-gate", { n });
  if (n && (!navigator.onLine || (queue.trouble && !refused))) return `${text("waiting", { n })} ${place}`;
  if (n && refused && Date.now() - queue.troubleSince >= PATIENCE) {
    return `${text("waiting-server", { n })} ${place}`;
  }
  if (!navigator.onLine) return text("offline");
  return queue.refusals ? text("refused", { n: queue.refusals }) : "";
}

/** One polite message; of several within half a second only the last. */
function say(message) {
  clearTimeout(saying);
  const short = message.length > 100 ? `${message.slice(0, 99)}…` : message;
  saying = setTimeout(() => {
    at("said").textContent = short;
  }, QUIET);
}

function openWhy(step) {
  const now = { card: deck.top, deck: deck.info?.deck, wish: wish.spoken };
  const { card, deck: dealt, wish: words, entry } = step ?? now;
  if (!card || (deck.until && !step)) return;
  const dialog = at("why");
  const info = { deck: dealt };
  fillWhy(dialog, { card, info, decided: Boolean(entry), wish: words });
  dialog.dataset.image = card.image;
  dialog.showModal();
}

function press(id, pressed) {
  at(id).addEventListener("click", (event) => {
    if (event.timeStamp - pressedAt < BOUNCE || at(id).ariaDisabled === "true") return;
    pressedAt = event.timeStamp;
    pressed();
  });
}

async function start() {
  press("smash", () => decide("smash"));
  press("pass", () => decide("pass"));
  press("undo", undo);
  press("why-now", () => openWhy());
  press("why-last", () => openWhy(past.last));
  press("help-open", () => at("help").showModal());
  press("keep-widened", () => wish.drop(deck.info.deck.dropped));
  press("more-like", () => {
    at("why").close();
    dealLike(at("why").dataset.image);
  });
  at("order").addEventListener("change", ({ target: { value } }) => dealInOrder(value));
  press("unlike", () => dealLike(""));
  press("round", async () => {
    (await import("./taste.js")).fillRound(at("taste"), past.steps);
    at("taste").showModal();
  });
  at("report").addEventListener("submit", async (event) => {
    event.preventDefault();
    (await import("./report.js")).report(event.target);
  });
  watchKeys({ smash: () => decide("smash"), pass: () => decide("pass"), undo, help: () => at("help").showModal(), why: () => openWhy(past.last) });
  for (const name of ["online", "offline"]) addEventListener(name, drawNetwork);
  addEventListener("online", () => (deck.failure ? act("again") : deck.refill()));
  await Promise.all([past.start(), queue.start()]);
  for (const { card } of past.steps) deck.decided.add(card.image);
  for (const { entry } of queue.items) if (entry.image) deck.decided.add(entry.image);
  for (const { entry } of queue.items) forgetUndone(entry);
  wish.set(new URL(location).searchParams.get("q") ?? localStorage.getItem("wish") ?? "");
  deal();
  wish.suggest();
  persists = await lasting();
  navigator.serviceWorker?.register(document.documentElement.dataset.worker).catch(() => {});
}

/** A swipe that was taken back before it was sent: its card may come again. */
function forgetUndone({ undo: id }) {
  const taken = id && queue.items.find(({ entry }) => entry.id === id);
  if (taken) deck.decided.delete(taken.entry.image);
}

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}
start();
