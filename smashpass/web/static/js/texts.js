// The page's words. All of them stand in the HTML, so that a translation is the server's work.

const language = document.documentElement.lang || "en";
const numbers = new Intl.NumberFormat(language);
const plural = new Intl.PluralRules(language);
const words = new Map();

for (const part of document.getElementById("texts")?.content.children ?? []) {
  words.set(part.dataset.text, part.textContent.trim());
}

/** The text named `key`; `{n}` picks the plural form, other braces are filled in. */
export function text(key, values = {}) {
  const form = "n" in values ? `${key}.${plural.select(values.n)}` : key;
  const found = words.get(form) ?? words.get(`${key}.other`) ?? words.get(key);
  if (found === undefined) return key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? numbers.format(value) : value;
  });
}

/** Whether there is a text of that name. */
export const hasText = (key) => words.has(key);

export const number = (value) => numbers.format(value);

/** A new copy of the first element of the template `id`. */
export const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** The element of `root` that is to be filled: `data-slot="name"`. */
export const slot = (root, name) => root.querySelector(`[data-slot="${name}"]`);

/** A new element with a class and a text. */
export function element(name, className = "", content = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (content) made.textContent = content;
  return made;
}

/** `hair:light_blonde` as a person reads it, in two parts: ["hair", "light blonde"]. */
export function tagParts(name) {
  const cut = name.indexOf(":");
  const plain = (part) => part.replaceAll("_", " ");
  return cut < 0 ? ["", plain(name)] : [plain(name.slice(0, cut)), plain(name.slice(cut + 1))];
}

/** `hair:light_blonde` as one text: "hair light blonde". */
export const tagText = (name) => tagParts(name).filter(Boolean).join(" ");

/** The element that shows a tag: the namespace small, the value large. */
export function tagElement(name, tag = "span") {
  const [space, value] = tagParts(name);
  const made = element(tag, "tag");
  if (space) made.append(element("small", "", space), " ");
  made.append(value);
  return made;
}

/** The verdict as icon and word: never colour alone. */
export function badge(verdict) {
  const made = element("span", `badge ${verdict}`);
  made.append(copy(`icon-${verdict}`), element("span", "", text(verdict)));
  return made;
}
