/**
 * What the author is writing at the caret, by the keys of the rule language: a tag, or a name after
 * `is`, `use` or `attr`. Pure: no document is needed.
 */
const WORD = /[\w.:/-]*$/u;
const LISTED = new Set(["all", "any", "none", "of", "not", "tags"]);
const TAGGED = new Set(["if", "when", "tag", "not", "where"]);
const NAMED = new Set(["is", "use", "attr"]);

/**
 * The kind of name (`tag`, `is`, `use`, `attr`), what is typed of it, and where it starts; null
 * where none is expected.
 */
export function contextAt(value, caret) {
  const lineStart = value.lastIndexOf("\n", caret - 1) + 1;
  const line = value.slice(lineStart, caret);
  if (insideText(line)) return null;
  const typed = WORD.exec(line)[0];
  const before = line.slice(0, line.length - typed.length);
  const start = caret - typed.length;
  const key = keyBefore(before) ?? listAbove(value.slice(0, lineStart), before);
  if (key === null) return null;
  if (NAMED.has(key)) return { kind: key, typed, start };
  return TAGGED.has(key) || LISTED.has(key) ? { kind: "tag", typed, start } : null;
}

/** Whether the caret stands in a comment, or in the middle of a quoted text. */
function insideText(line) {
  if (/(^|\s)#/u.test(line.replace(/"[^"]*"|'[^']*'/gu, "_"))) return true;
  return /["'][^"']*\s[^"']*$/u.test(line.replace(/"[^"]*"|'[^']*'/gu, "_"));
}

/** The key that the text right before the caret belongs to, on the same line; else null. */
function keyBefore(before) {
  const direct = /(?:^|[\s{,[-])(\w+):\s+["']?$/u.exec(before);
  if (direct) return direct[1];
  // In a list on this line: any: [one, two|
  let depth = 0;
  for (let at = before.length - 1; at >= 0; at -= 1) {
    const sign = before[at];
    if (sign === "]" || sign === "}") depth += 1;
    else if (sign === "{") { if (depth === 0) return ""; depth -= 1; }
    else if (sign === "[") {
      if (depth === 0) {
        if (!/[[,]\s*["']?$/u.test(before)) return "";
        return /(\w+):\s*$/u.exec(before.slice(0, at))?.[1] ?? "";
      }
      depth -= 1;
    }
  }
  return null;
}

/** The key above whose list this item belongs to: `any:` over `- |`; else null. */
function listAbove(above, before) {
  const item = /^(\s*)-\s+["']?$/u.exec(before);
  if (!item) return null;
  for (const line of above.split("\n").reverse()) {
    if (!line.trim() || line.trim().startsWith("#")) continue;
    const indent = /^\s*/u.exec(line)[0].length;
    const head = /(\w+):\s*(?:#.*)?$/u.exec(line);
    if (indent > item[1].length) continue;
    if (head) return head[1];
    if (!line.trim().startsWith("-")) return null;
  }
  return null;
}
