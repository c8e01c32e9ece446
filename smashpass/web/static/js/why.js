// "Why this one?": from the deck's own data, so it opens at once, offline too.

import { creditLine, likedText } from "./cards.js";
import { showTree } from "./drawing.js";
import { badge, element, hasText, number, slot, tagElement, tagText, text } from "./texts.js";

/** Fill the dialog for `card`. Before the viewer has decided, the verdict stays folded away. */
export function fillWhy(dialog, { card, info, decided, wish }) {
  const decision = card.decision;
  fillDealt(dialog, info, wish);
  slot(dialog, "liked").replaceChildren(...likedLines(card.taste));
  const verdict = slot(dialog, "verdict");
  verdict.open = decided;
  verdict.hidden = !decision;
  slot(dialog, "folded").hidden = decided;
  slot(dialog, "whole").open = false;
  if (decision) fillDecision(dialog, decision);
  slot(dialog, "tags").replaceChildren(...card.tags.map((name) => tagElement(name, "li")));
  slot(dialog, "credit").textContent = creditLine(card.credit);
  slot(dialog, "image").textContent = card.image;
}

function fillDealt(dialog, info, wish) {
  const deck = info?.deck ?? {};
  const dropped = deck.dropped ?? [];
  const lines = [
    deck.order === "daily" ? "" : text(wish ? "dealt-wish" : "dealt-all", { wish, n: deck.matched }),
    dropped.length ? text("dealt-dropped", { words: dropped.join(", ") }) : "",
    text(orderText(deck), deck),
  ];
  const said = lines.filter(Boolean).map((line) => element("p", "", line));
  slot(dialog, "dealt").replaceChildren(...said);
}

/** What the viewer's own swipes say of the card. */
function likedLines(taste) {
  if (!taste) return [];
  const share = text("liked-share", { percent: number(Math.round(100 * taste.score)) });
  return [share, ...taste.because.map((reason) => `${likedText(reason)}.`)].map((line) => element("p", "", line));
}

function orderText(deck) {
  if (deck.like) return "dealt-like";
  return hasText(`dealt-${deck.order}`) ? `dealt-${deck.order}` : "dealt-order";
}

function fillDecision(dialog, decision) {
  const { verdict, reason, explanation = reason, path, flip } = decision;
  slot(dialog, "badge").replaceChildren(badge(verdict), ":");
  slot(dialog, "explanation").textContent = explanation;
  slot(dialog, "turn").hidden = !flip;
  slot(dialog, "flips").replaceChildren(...flipLines(flip ?? []));
  showTree(slot(dialog, "drawing"), decision);
  slot(dialog, "whole").hidden = !path;
  slot(dialog, "path").replaceChildren(pathList(path ?? [], verdict, reason));
  slot(dialog, "decider").textContent = decider(decision);
}

/** The smallest changes that would flip the verdict, the first one the largest. */
function flipLines(flips) {
  if (!flips.length) return [element("li", "quiet", text("flip-none"))];
  return flips.map(({ change, text: said = inWords(change), verdict }) => {
    const line = element("li");
    line.append(element("span", "", text("flip", { change: capitalised(said) })), " ", badge(verdict));
    return line;
  });
}

const capitalised = (sentence) => sentence.replace(/^./u, (first) => first.toLocaleUpperCase("en"));

/** Who decided, in one sentence; the revision names the exact rules. */
export function decider(decision) {
  const { engine, tree, leaf, model, fallback } = decision;
  const values = { tree, leaf, revision: decision.revision.slice(0, 8) };
  if (engine === "model" && model) return text(`by-model-${model.source ?? "live"}`, { ...values, ...modelValues(model) });
  return text(`by-${engine}`, { ...values, fallback: fallbackText(fallback ?? "") });
}

function modelValues(model) {
  const name = model.model ?? model.name;
  return {
    model: model.version ? text("model-version", { model: name, version: model.version }) : name,
    score: typeof model.score === "number" ? number(model.score) : model.score,
    ms: model.ms,
  };
}

/** Why there was no score; a reason that this page does not know yet stands as it is. */
const fallbackText = (reason) => (hasText(`fallback-${reason}`) ? text(`fallback-${reason}`) : reason);

/** The tests on the way as a list in a list: each level is one question further down the tree. */
function pathList(path, verdict, reason) {
  const list = element("ol", "path");
  let level = list;
  let node = null;
  for (const step of path) {
    if (node !== null && step.node !== node) level = deeper(level);
    node = step.node;
    level.append(question(step));
  }
  level = path.length ? deeper(level) : level;
  const end = element("li", `end ${verdict}`);
  end.append(badge(verdict), element("span", "", reason));
  level.append(end);
  return list;
}

function deeper(level) {
  const inner = element("ol");
  level.lastElementChild.append(inner);
  return inner;
}

function question(step) {
  const line = element("li");
  const asked = element("span", "test", inWords(step.test));
  const answer = element("b", step.result ? "yes" : "no", text(step.result ? "yes" : "no"));
  line.append(asked, " ", answer);
  const because = step.because.map(becauseText).filter(Boolean).join("; ");
  if (because) line.append(" ", element("small", "", because));
  return line;
}

function becauseText(reason) {
  if ("attr" in reason) {
    const { attr, value } = reason;
    if (value === null) return text("because-missing", { attr });
    return text("because-value", { attr, value: typeof value === "number" ? number(value) : value });
  }
  const tag = tagText(reason.tag);
  return reason.via ? text("because-via", { tag, via: tagText(reason.via) }) : text("because", { tag });
}

/** Tag names inside a sentence, with blanks for their underscores. */
const inWords = (sentence) => sentence.replace(/(\w)_(?=\w)/g, "$1 ");
