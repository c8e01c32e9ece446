// Reads words that are no query as a description; loaded when somebody asks for it.

import { ask } from "./api.js";
import { text } from "./texts.js";

/** Put tags in place of the words of `wish` as they were typed, and say which were not understood. */
export async function describe(wish) {
  const typed = wish.parts.filter((part) => part.raw);
  let answers;
  try {
    answers = await Promise.all(typed.map((part) => ask("GET", "/prompt", { query: { text: part.raw } })));
  } catch (failure) {
    wish.reading.textContent = failure.status ? failure.message : text("state-offline");
    return;
  }
  const parts = wish.parts.flatMap((part) => {
    const at = typed.indexOf(part);
    return at < 0 ? [part] : answers[at].tags.map(({ name, negated }) => ({ name, not: negated }));
  });
  const lines = [];
  if (parts.length) {
    const chosen = new Map(parts.map((part) => [wish.textOf(part), part]));
    wish.parts = [...chosen.values()];
    wish.update();
    lines.push(text("described"));
    wish.chips.querySelector("button").focus({ preventScroll: true });
  } else lines.push(text("described-none"));
  const words = answers.flatMap(({ unused }) => unused);
  if (words.length) lines.push(text("not-understood", { words: words.join(", ") }));
  if (words.length && answers.some(({ embeddings }) => embeddings === "loading")) lines.push(text("describe-again"));
  wish.reading.textContent = lines.join(" ");
}
