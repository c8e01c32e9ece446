/** Keys that are pressed while the page changes: kept in order, and given to what comes next. */
const pressed = [];
let holding = 0;

const HANDLED = new Set(["Shift", "Control", "Alt", "Meta", "CapsLock", "Dead", "Process", "Unidentified"]);

addEventListener("keydown", (event) => {
  if (!holding || !event.isTrusted || event.isComposing || HANDLED.has(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { key, code, ctrlKey, metaKey, altKey, shiftKey, repeat } = event;
  pressed.push({ key, code, ctrlKey, metaKey, altKey, shiftKey, repeat });
}, true);

/** Keep the keys that are pressed from now on. */
export function hold() {
  holding += 1;
}

/** Give the kept keys to the element in focus, until one of them makes the page change again. */
export function release() {
  holding -= 1;
  while (!holding && pressed.length) press(pressed.shift());
}

function press(init) {
  const target = document.activeElement ?? document.body;
  const event = new KeyboardEvent("keydown", { ...init, bubbles: true, cancelable: true });
  if (!target.dispatchEvent(event) || init.ctrlKey || init.metaKey || init.altKey) return;
  if (target.matches("input:not([type=checkbox], [type=radio]), textarea")) edit(target, init.key);
  else if (init.key === "Enter" && target.matches("button, a")) target.click();
}

function edit(field, key) {
  const { selectionStart: start, selectionEnd: end } = field;
  if (key === "Backspace") field.setRangeText("", start === end ? Math.max(0, start - 1) : start, end, "end");
  else if (key.length === 1) field.setRangeText(key, start, end, "end");
  else return;
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: key }));
}
