// Reads words that are no query as a description; loaded when somebody asks for it.

import { ask } from "./api.js";
import { text } from "./texts.js";

/** Put tags in place of the words as they were typed, and say in `box` which were not understood. */
export async function describe(words, box) {
  const typed = words.parts.filter((part) => part.raw);
  let answers;
  try {
    answers = await Promise.all(typed.map((part) => ask("GET", "/prompt", { query: { text: part.raw } })));
  } catch {
    box.say(text(navigator.onLine ? "state-error" : "state-offline"));
    return;
  }
  const parts = words.parts.flatMap((part) => {
    const at = typed.indexOf(part);
    return at < 0 ? [part] : answers[at].tags.map(({ name, negated }) => ({ name, not: negated }));
  });
  const lines = [];
  if (parts.length) {
    const chosen = new Map(parts.map((part) => [words.textOf(part), part]));
    words.parts = [...chosen.values()];
    words.changed();
    lines.push(text("described"));
    box.chips.querySelector("button").focus({ preventScroll: true });
  } else lines.push(text("described-none"));
  const unused = answers.flatMap((answer) => answer.unused);
  if (unused.length) lines.push(text("not-understood", { words: unused.join(", ") }));
  if (unused.length && answers.some(({ embeddings }) => embeddings === "loading")) lines.push(text("describe-again"));
  box.say(lines.join(" "));
}
