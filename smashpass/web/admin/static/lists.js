// Moves through a list by the keys that its buttons carry; the focus is where one is.
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
