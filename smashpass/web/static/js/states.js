// What is shown where no card can be: each state is a card with one clear thing to do.

import { Refused, Unreachable } from "./api.js";
import { copy, element, slot, tagText, text } from "./texts.js";

const SLOW = 2000; // milliseconds after which waiting is spoken of

/** The state as {kind, values, actions}, or null while there is a card to decide. */
export function stateOf(deck) {
  if (deck.until) return { kind: "break", values: { until: clock(deck.until) }, actions: ["mine"] };
  if (deck.cards.length) return null;
  if (deck.loading && !deck.failure) {
    return Date.now() - deck.loadingSince < SLOW ? { kind: "loading" } : { kind: "slow" };
  }
  if (deck.failure) return failed(deck.failure, deck.query || deck.byLikeness);
  const { state, matched = 0, empty } = deck.info?.deck ?? {};
  // A break that is over is followed by cards.
  if (!deck.info || state === "break") return { kind: "loading" };
  if (!deck.info.library?.images) return { kind: "empty", actions: ["again"] };
  if (!matched) return { kind: "no-match", actions: ["change", "clear"], strict: strictest(empty) };
  const values = { n: matched };
  if (deck.query) return { kind: "exhausted-query", values, actions: ["clear", "mine"] };
  return { kind: "exhausted", values, actions: ["mine", "again"] };
}

/** The term without which most pictures match, if one helps. */
const strictest = (empty) =>
  (empty?.terms ?? []).filter((term) => term.without).sort((a, b) => b.without - a.without)[0];

function failed(failure, query) {
  if (failure instanceof Unreachable) {
    return { kind: navigator.onLine ? "unreachable" : "offline", actions: ["again"] };
  }
  if (!(failure instanceof Refused)) return { kind: "error", actions: ["again"] };
  const values = { detail: sentence(failure.message.replace(/^character \d+: /, "")) };
  if (failure.status === 401) return { kind: "gate", actions: ["gate"] };
  if (["taste_off", "not_for_age"].includes(failure.code)) return { kind: "no-taste", actions: ["random", "settings"] };
  if (failure.status === 400 && query) {
    return { kind: "bad-query", values, actions: ["describe", "clear"], errors: failure.errors, sentence: /\S\s+\S/.test(query) };
  }
  if ([429, 503].includes(failure.status)) return { kind: "busy", actions: ["again"] };
  return { kind: "error", values, actions: ["again"], request: failure.request };
}

const clock = (when) =>
  new Date(when).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });

const sentence = (detail) => detail.charAt(0).toUpperCase() + detail.slice(1) + (/[.?!…]$/.test(detail) ? "" : ".");

/** Draw the state into `place`; `act(name, value)` is called when a button is pressed. */
export function drawState(place, state, act) {
  const same = JSON.stringify(state);
  if (place.dataset.shown === same) return;
  place.dataset.shown = same;
  place.replaceChildren();
  if (!state) return;
  const { kind, values = {}, actions = [], errors = [], request, strict, sentence: isSentence } = state;
  if (kind === "loading") {
    place.replaceChildren(copy("skeleton"));
    return;
  }
  const card = copy("state-card");
  card.dataset.kind = kind;
  slot(card, "title").textContent = text(`state-${kind}`);
  slot(card, "body").textContent = text(`state-${kind}-body`, values);
  if (strict) {
    const values = { words: tagText(strict.term.replaceAll('"', "")), n: strict.without };
    slot(card, "body").append(" ", text("widened", values));
  }
  if (request) slot(card, "body").append(" ", element("code", "", request));
  const buttons = actions.map((name) => button(text(`do-${name}`), () => act(name)));
  buttons.splice(isSentence ? 1 : 0, 0, ...proposals(errors, act)); // a sentence is rather a description
  slot(card, "actions").replaceChildren(...buttons);
  buttons[0]?.classList.add("first");
  place.replaceChildren(card);
}

function proposals(errors, act) {
  return errors.flatMap(({ suggestions = [], position = 0, end = Infinity }) =>
    suggestions.map((name) =>
      button(text("use-instead", { word: tagText(name) }), () => act("use", { name, position, end })),
    ),
  );
}

function button(label, pressed) {
  const made = element("button", "button", label);
  made.type = "button";
  made.addEventListener("click", pressed);
  return made;
}

/** The line above the cards: how many match, and what was left out. */
export function deckLine(info, wish) {
  const deck = info?.deck;
  if (!deck) return "";
  const dropped = (deck.dropped ?? []).map((term) => tagText(term.replaceAll('"', "")));
  if (deck.state === "widened" && dropped.length) {
    return text("widened", { words: dropped.join(", "), n: deck.matched });
  }
  return text(wish ? "matched" : "matched-all", { n: deck.matched });
}

/** How the cards are compared with a picture, if they are dealt by likeness. */
export function likeLine(info) {
  const { engine, model } = info?.deck.like ?? {};
  if (!engine) return "";
  const name = model?.model || model?.name;
  return text(`like-${engine}`, {
    model: model?.version ? text("model-version", { model: name, version: model.version }) : name,
  });
}
