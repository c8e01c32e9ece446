// The tags of the editor as chips: those that stand, those taken away, those still looked up.
import { text } from "./texts.js";

function chip(name, mark, note, kind, label) {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button", className: `chip ${note}` });
  button.dataset[kind] = name;
  button.ariaLabel = label;
  const shown = document.createElement(note === "gone" ? "s" : "span");
  shown.textContent = name;
  const sign = Object.assign(document.createElement("span"), { className: "x", textContent: mark, ariaHidden: "true" });
  button.append(shown, sign);
  item.append(button);
  return item;
}

/** Chips of `tags`; `seen` are those that the server has, `open` texts that are no tags yet. */
export function chips({ tags, seen, waiting, open }) {
  const known = new Set(seen);
  const gone = seen.filter((name) => !tags.has(name));
  const quiet = (typed) => Object.assign(document.createElement("li"), { className: "quiet", textContent: `${typed}…` });
  return [
    ...[...tags].map((name) => chip(name, "×", known.has(name) ? "" : "new", "remove", text("tag-remove", { name }))),
    ...gone.map((name) => chip(name, "↩", "gone", "add", text("tag-restore", { name }))),
    ...[...open].map((typed) => chip(typed, "?", "gone", "open", text("tag-open", { name: typed }))),
    ...[...waiting].map(quiet),
  ];
}
