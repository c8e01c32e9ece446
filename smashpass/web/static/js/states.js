// What is shown where no card can be: each state is a card with one clear thing to do.

import { Refused, Unreachable } from "./api.js";
import { copy, element, number, slot, tagText, text } from "./texts.js";

const REMEDIES = 3; // terms that are offered to be left out

/** What went wrong, as a state. */
export function failureOf(deck) {
  const { failure } = deck;
  if (failure instanceof Unreachable) {
    return { kind: navigator.onLine ? "unreachable" : "offline", actions: ["again"] };
  }
  if (!(failure instanceof Refused)) return { kind: "error", actions: ["again"] };
  if (failure.status === 401) return { kind: "gate", actions: ["gate"] };
  if (["taste_off", "not_for_age"].includes(failure.code)) return { kind: "no-taste", actions: ["random", "settings"] };
  const isOfWords = failure.errors.some(({ position }) => position !== undefined);
  if (failure.status === 400 && isOfWords) return misread(failure, deck.query);
  if (failure.status === 400 && deck.byLikeness) return { kind: "no-likeness", actions: ["clear"] };
  if ([429, 503].includes(failure.status)) return { kind: "busy", actions: ["again"] };
  if (failure.status === 404) return { kind: "no-tree", actions: ["clear"] };
  return { kind: "error", actions: ["again"], request: failure.request };
}

function misread({ errors, message }, query) {
  const unknown = errors.find(({ code }) => code === "unknown_word");
  const isSentence = /\S\s+\S/.test(query);
  const actions = [...(isSentence || unknown ? ["describe"] : []), "clear"];
  if (!unknown) return { kind: "bad-query", values: { detail: sentence(message) }, actions, errors, isSentence };
  const word = [...query].slice(unknown.position, unknown.end).join("").replaceAll('"', "");
  return { kind: "unknown-word", values: { word }, actions, errors, isSentence };
}

function sentence(message) {
  const detail = message.replace(/^character \d+: /, "");
  return detail.charAt(0).toUpperCase() + detail.slice(1) + (/[.?!…]$/.test(detail) ? "" : ".");
}

/** Draw the state into `place`; `controls.act(name, value)` is called when a button is pressed. */
export function drawState(place, state, controls, words) {
  if (state?.kind === "daily-done") return controls.deck.drawResult(place, controls);
  const same = JSON.stringify(state);
  if (place.dataset.shown === same) return;
  place.dataset.shown = same;
  place.replaceChildren();
  if (!state) return;
  const { kind, values = {}, actions = [], errors = [], request, empty, isSentence } = state;
  if (kind === "loading") {
    place.replaceChildren(copy("skeleton"));
    return;
  }
  const card = copy("state-card");
  card.dataset.kind = kind;
  slot(card, "title").textContent = text(`state-${kind}`, { words: words.spoken, ...values });
  slot(card, "body").textContent = text(`state-${kind}-body`, values);
  if (kind === "break" && !actions.includes("go-on")) slot(card, "body").append(" ", text("break-fixed"));
  if (request) slot(card, "body").append(" ", element("code", "", request));
  const act = (name, value) => controls.act(name, value);
  const buttons = actions.map((name) => button(text(`do-${name}`), () => act(name)));
  buttons.splice(isSentence ? 1 : 0, 0, ...remedies(empty, act), ...proposals(errors, act, values.word));
  slot(card, "actions").replaceChildren(...buttons);
  buttons[0]?.classList.add("first");
  place.replaceChildren(card);
}

/** The terms without which most pictures match. */
function remedies(empty, act) {
  const terms = (empty?.terms ?? []).filter((term) => term.without);
  terms.sort((a, b) => b.without - a.without);
  const both = terms.length || !empty?.pair ? [] : [{ ...empty.pair, term: empty.pair.terms.join(" + ") }];
  return [...terms.slice(0, REMEDIES), ...both].map(({ term, without, rest }) =>
    button(text("remove-for", { word: plain(term), count: number(without) }), () => act("ask", rest)),
  );
}

/** What can stand in place of a word that names no tag: the nearest tags, or nothing. */
function proposals(errors, act, word) {
  return errors.flatMap(({ suggestions = [], position = 0, end = Infinity, code }) => {
    const nearest = suggestions.map((name) =>
      button(text("use-instead", { word: tagText(name) }), () => act("use", { name, position, end })),
    );
    if (code !== "unknown_word") return nearest;
    return [...nearest, button(text("remove-quoted", { word }), () => act("cut", { position, end }))];
  });
}

function button(label, pressed) {
  const made = element("button", "button", label);
  made.type = "button";
  made.addEventListener("click", pressed);
  return made;
}

const plain = (term) => tagText(term.replaceAll('"', ""));

/** The line above the cards: how many match, and what was left out. */
export function deckLine(info, words) {
  const deck = info?.deck;
  if (!deck) return "";
  const dropped = (deck.dropped ?? []).map(plain);
  if (deck.state === "widened" && dropped.length) {
    return text("widened", { words: words.spoken, dropped: dropped.join(", "), count: number(deck.matched) });
  }
  return text(words.query ? "matched" : "matched-all", { n: deck.matched });
}

/** The label of the button that leaves out what the server had to leave out. */
export function dropLabel(info) {
  const dropped = (info?.deck.dropped ?? []).map(plain);
  return dropped.length ? text("remove-word", { word: dropped.join(", ") }) : "";
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
