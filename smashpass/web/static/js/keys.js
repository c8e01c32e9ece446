// Keys for the hands that stay on the keyboard. Never in a text box, with a modifier, in a dialog
// or from a key held down. One switch turns all of them off, another turns letters on.

const ARROWS = { ArrowLeft: "pass", ArrowRight: "smash", Backspace: "undo", "?": "help" };
const LETTERS = { a: "pass", d: "smash", z: "undo", w: "why" };
const TYPED_INTO = "input, textarea, select, [contenteditable], [role=option]";

/** Call the function of `actions` that a key stands for. */
export function watchKeys(actions) {
  addEventListener("keydown", (event) => {
    const name = meaning(event);
    if (!name || event.repeat || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.target.closest?.(TYPED_INTO)) return;
    event.preventDefault();
    actions[name]();
  });
}

function meaning(event) {
  if (localStorage.getItem("keys") === "off") return undefined;
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === "z") return "undo";
  if (ctrlKey || metaKey || altKey || event.isComposing) return undefined;
  return ARROWS[key] ?? (localStorage.getItem("letters") === "on" ? LETTERS[key] : undefined);
}
