// Moves through a list with the keys of its buttons; the focus marks the position.
const items = [...document.querySelectorAll("[data-item]")];
const moving = document.querySelector("[data-moving]");

if (moving && items.length) {
  moving.hidden = false;
  moving.addEventListener("click", (event) => {
    const by = Number(event.target.closest("[data-move]")?.dataset.move);
    if (by) move(by);
  });
}

let at = -1;
addEventListener("focusin", (event) => {
  const place = items.indexOf(event.target);
  if (place >= 0) at = place;
});

function move(by) {
  const to = Math.min(items.length - 1, Math.max(0, at + by));
  items[to].focus();
  items[to].scrollIntoView({ block: "nearest" });
}
