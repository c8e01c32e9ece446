// The swipe page: decide first, move afterwards, send when there is a network. What the first card
// does not need is loaded once it is painted.

import { lasting } from "./db.js";
import { Deck, stateOf } from "./deck.js";
import { watchKeys } from "./input.js";
import { Past } from "./past.js";
import { Queue } from "./queue.js";
import { mayMove, Stack } from "./stack.js";
import { copy, text } from "./texts.js";
import { Words } from "./words.js";

const BOUNCE = 30; // milliseconds in which a second click is the same click
const QUIET = 500;
const RETRY = 10000; // milliseconds between tries while there is no card
const RETRIED = ["offline", "unreachable", "busy", "error"];

const at = (id) => document.getElementById(id);
const root = document.documentElement;
const queue = new Queue(drawNetwork, ({ begin }) => deck.lookAt(begin));
const ordinary = new Deck(queue, () => draw());
let deck = ordinary; // or that of today
const past = new Past();
const stack = new Stack(at("stack"), decide);
const words = new Words(() => {
  later.box?.draw();
  deal();
});
const later = {}; // what is loaded after the first card
let loadingLater;
let persists = true;
let pressedAt = -BOUNCE;
let saying;
let round = null; // the card of a finished round, while it lies on top
let following = false; // whether what follows a decision is still to be done

/** Load what the first card does without; the service worker has it when there is no network. */
function loadLater() {
  loadingLater ??= Promise.all([
    import("./controls.js"),
    import("./round.js"),
    import("./search.js"),
    import("./states.js"),
  ]).then((modules) => {
    Object.assign(later, ...modules);
    later.box = new later.SearchBox(at("wish"), words);
    later.controls = new later.Controls({ draw, drawNetwork, later, press, remember, say, stack, deck: () => deck }, past, words);
    draw();
    drawNetwork();
  }, () => {
    // The network went away after the first card.
    loadingLater = undefined;
    setTimeout(loadLater, RETRY);
  });
  return loadingLater;
}

function decide(verdict) {
  if (round) return goOn(verdict);
  if (deck.until || !deck.top) return;
  performance.mark("decided");
  const card = deck.top;
  if (stack.top?.dataset.image !== card.image) draw();
  stack.throwTop(verdict);
  stack.promote();
  const entry = queue.swipe(card.image, verdict);
  past.push({ card, entry, deck: deck.info?.deck, wish: words.spoken });
  deck.take(verdict);
  later.controls?.reveal(past.last, true);
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
  const said = app ? text("said", { explanation: app.reason, ...app, verdict: text(app.verdict) }) : "";
  say(`${text(step.entry.verdict)}. ${said}`);
}

/** Put the card of a finished round aside; it is thrown like any other. */
function goOn(verdict = "smash") {
  stack.throwTop(verdict);
  stack.promote();
  past.roundDone = false;
  draw();
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

async function deal() {
  if (words.query || asked().like) remember("deck", "");
  remember("q", words.query);
  const { deck: name, tree, like, order } = asked();
  if (name === "daily") {
    const { DailyDeck } = await import("./daily.js");
    if (asked().deck !== name) return;
    later.daily ??= new DailyDeck(ordinary);
  }
  deck.clear();
  deck = name === "daily" ? later.daily : ordinary;
  deck.start(words.query, tree, like ? `like:${like}` : order);
  draw();
}

/** What the address asks for. */
const asked = () => Object.fromEntries(new URL(location).searchParams);

/** Put a value into the address, or take it out if it is "". The next visit begins with it. */
function remember(name, value) {
  const url = new URL(location);
  if (value) url.searchParams.set(name, value);
  else url.searchParams.delete(name);
  history.replaceState(null, "", url);
  localStorage.address = url.search;
}

function draw() {
  later.controls?.adoptTerms();
  const state = currentState();
  const busy = state?.kind === "loading";
  if (!past.roundDone || state?.kind === "break") round = null;
  else if (later.makeRound) round ??= later.makeRound(past.steps, goOn);
  const cards = state ? [] : deck.cards;
  stack.show(round ? [round, ...cards] : cards, words.names);
  drawState(state, busy);
  at("stack").ariaBusy = String(busy);
  if (busy) setTimeout(draw, 2050);
  clearTimeout(draw.retry);
  if (RETRIED.includes(state?.kind)) draw.retry = setTimeout(() => deck.refill(), RETRY);
  else if (state && at("state").dataset.said !== state.kind) say(text(`state-${state.kind}`, { words: words.spoken, ...state.values }));
  at("state").dataset.said = state && !busy ? state.kind : "";
  for (const id of ["smash", "pass"]) at(id).ariaDisabled = String(Boolean(state) && !round);
  at("why-now").ariaDisabled = String(Boolean(state || round));
  at("undo").ariaDisabled = String(!past.steps.length);
  if (later.controls) later.controls.draw(state);
  else if (!busy) requestAnimationFrame(() => setTimeout(loadLater));
}

function currentState() {
  const state = stateOf(deck);
  if (state?.kind !== "failure") return state;
  return later.failureOf ? later.failureOf(deck) : { kind: "waiting" };
}

function drawState(state, busy) {
  const place = at("state");
  if (later.drawState) later.drawState(place, round ? null : state, later.controls, words);
  else if (busy && !place.children.length) place.replaceChildren(copy("skeleton"));
  else if (!busy) place.replaceChildren();
}

function drawNetwork() {
  later.controls?.drawNetwork(queue, persists);
}

/** One polite message; of several within half a second only the last. */
function say(message) {
  clearTimeout(saying);
  saying = setTimeout(() => {
    at("said").textContent = message.replace(/(?=.{101})(.{1,99})\s.*/, "$1…");
  }, QUIET);
}

function press(id, pressed) {
  at(id).addEventListener("click", (event) => {
    if (event.timeStamp - pressedAt < BOUNCE || at(id).ariaDisabled === "true") return;
    pressedAt = event.timeStamp;
    pressed();
  });
}

function listen() {
  press("smash", () => decide("smash"));
  press("pass", () => decide("pass"));
  press("undo", undo);
  const early = ({ currentTarget }) => later.controls || loadLater().then(() => later.controls && currentTarget.click());
  for (const id of ["why-now", "pill", "help-open"]) at(id).addEventListener("click", early);
  at("q").addEventListener("focus", loadLater, { once: true });
  at("q").form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (later.box) return later.box.enter();
    const raw = at("q").value.trim();
    at("q").value = "";
    if (raw) words.add({ raw });
  });
  watchKeys({
    smash: () => decide("smash"),
    pass: () => decide("pass"),
    undo,
    help: () => at("help").showModal(),
    why: () => later.controls?.openWhy(past.last),
  });
}

async function start() {
  listen();
  await Promise.all([past.start(), queue.start()]);
  for (const { card } of past.steps) deck.decided.add(card.image);
  // A swipe that was taken back before it was sent: its card may come again.
  const undone = new Set(queue.items.map(({ entry }) => entry.undo));
  for (const { entry } of queue.items) if (entry.image && !undone.has(entry.id)) deck.decided.add(entry.image);
  if (!location.search) history.replaceState(null, "", localStorage.address ?? "");
  words.set(asked().q ?? "");
  deal();
  persists = await lasting();
  navigator.serviceWorker?.register(root.dataset.worker).catch(() => {});
}

start();
