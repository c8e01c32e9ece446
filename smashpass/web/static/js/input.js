// One finger, pen or mouse on the top card: the same rules for all three; a cancelled gesture
// decides nothing. And keys for the hands that stay on the keyboard: never in a text box, with a
// modifier, in a dialog or from a key held down. One switch turns all of them off, another turns
// letters on.

const FAR = 0.35; // of the card's width
const NEAR = 50; // px, when it is quick enough
const QUICK = 0.5; // px per ms
const RECENT = 80; // ms over which the speed is measured

const ARROWS = { ArrowLeft: "pass", ArrowRight: "smash", Backspace: "undo", "?": "help" };
const LETTERS = { a: "pass", d: "smash", z: "undo", w: "why" };
const TYPED_INTO = "input, textarea, select, [contenteditable], [role=option]";

/**
 * Watch `area`; tells `moved({x, y})` while dragging, then `thrown(direction, motion)` or
 * `released(motion)`. `ready()` says whether there is a card to take hold of.
 */
export function watchDrag(area, { ready, moved, thrown, released }) {
  let held = null;

  area.addEventListener("pointerdown", (event) => {
    if (held || !event.isPrimary || event.button !== 0) return;
    if (event.target.closest("a, button, summary") || !ready()) return;
    held = { id: event.pointerId, x: event.clientX, y: event.clientY, trail: [] };
    area.setPointerCapture(event.pointerId);
    follow(event);
  });

  area.addEventListener("pointermove", (event) => {
    if (event.pointerId !== held?.id) return;
    follow(event);
    moved(motion());
  });

  area.addEventListener("pointerup", (event) => {
    if (event.pointerId !== held?.id) return;
    follow(event);
    const last = motion();
    held = null;
    const direction = decision(last, area.offsetWidth);
    if (direction) thrown(direction, last);
    else released(last);
  });

  for (const name of ["pointercancel", "lostpointercapture"]) {
    area.addEventListener(name, (event) => {
      if (event.pointerId !== held?.id) return;
      const last = motion();
      held = null;
      released(last);
    });
  }
  area.addEventListener("dragstart", (event) => event.preventDefault());

  function follow(event) {
    held.now = { x: event.clientX, y: event.clientY, time: event.timeStamp };
    held.trail.push(held.now);
    while (held.trail.length > 2 && held.now.time - held.trail[0].time > RECENT) held.trail.shift();
  }

  function motion() {
    const { now, trail } = held;
    const time = now.time - trail[0].time;
    const speed = time > 0 ? (now.x - trail[0].x) / time : 0;
    return { x: now.x - held.x, y: now.y - held.y, speed };
  }

  return { get busy() { return held !== null; } };
}

/** -1, 1 or 0: what a gesture that ended so decides. */
export function decision({ x, y, speed }, width) {
  if (Math.abs(y) > Math.abs(x)) return 0;
  const quick = Math.abs(x) > NEAR && Math.abs(speed) > QUICK && Math.sign(speed) === Math.sign(x);
  return Math.abs(x) > FAR * width || quick ? Math.sign(x) : 0;
}

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
