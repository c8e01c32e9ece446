// Mends words that the server could not read, or had to leave out; loaded when there are such.

const TERM = /^(licence|source|by|my):/; // terms of the query language that name no tag

/** Leave terms out, as the server writes them. */
export function drop(words, terms) {
  const plain = (term) => term.replaceAll('"', "").replaceAll(" ", "_");
  const gone = new Set(terms.map(plain));
  words.parts = words.parts.filter((part) => !gone.has(plain(words.textOf(part))));
  words.changed();
}

/** Put the tag `name` where the query's unknown words stand, from `position` to `end`. */
export function replaceAt(words, { position, end, name }) {
  const [first, last, others] = spans(words, position, end);
  if (!first) return;
  const before = first.whole.slice(0, position - first.from);
  const after = last.whole.slice(end - last.from);
  if (TERM.test(name)) Object.assign(first.part, { raw: before + name + after, name: undefined });
  else if (/^-?"?$/.test(before) && /^"?$/.test(after)) {
    Object.assign(first.part, { raw: undefined, name, not: first.whole.startsWith("-") });
  } else Object.assign(first.part, { raw: `${before}"${name}"${after}`, name: undefined });
  leaveOut(words, others);
}

/** Leave the words from `position` to `end` out. */
export function cut(words, { position, end }) {
  const [first, last, others] = spans(words, position, end);
  if (!first) return;
  const before = first.whole.slice(0, position - first.from).replace(/[-~"]$/, "");
  const raw = `${before} ${last.whole.slice(end - last.from)}`.replace(/\s+/g, " ").trim();
  if (raw && raw !== '"') Object.assign(first.part, { raw, name: undefined });
  else others.push(first);
  leaveOut(words, others);
}

function leaveOut(words, gone) {
  const parts = new Set(gone.map((span) => span.part));
  words.parts = words.parts.filter((part) => !parts.has(part));
  words.changed();
}

/** The parts that the text from `position` to `end` touches: first, last, all but the first. */
function spans(words, position, end) {
  let from = 0;
  const all = words.parts.map((part) => {
    const whole = words.textOf(part);
    const span = { part, whole, from, end: from + whole.length };
    from = span.end + 1;
    return span;
  });
  const [first, ...others] = all.filter((span) => position <= span.end && span.from < end);
  return [first, others.at(-1) ?? first, others]; // A phrase may stand in several parts.
}
