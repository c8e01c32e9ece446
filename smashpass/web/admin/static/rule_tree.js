/**
 * Lists of a tree for the keyboard, by the tree pattern of the ARIA guide: arrows open, close and
 * walk, Home and End jump, letters find. Enter goes to the line of the place, if there is an editor.
 */
const AFTER_MS = 700;

export function upgrade(list) {
  list.setAttribute("role", "tree");
  for (const group of list.querySelectorAll("ul")) group.setAttribute("role", "group");
  for (const item of list.querySelectorAll("li")) {
    item.setAttribute("role", "treeitem");
    item.tabIndex = -1;
    const says = item.querySelector(":scope > .says");
    item.setAttribute("aria-label", says.textContent.replace(/\s+/g, " ").trim());
    if (item.querySelector(":scope > ul")) item.setAttribute("aria-expanded", "true");
    says.setAttribute("aria-hidden", "true");
  }
  list.querySelector("li").tabIndex = 0;
  let typed = "";
  let at = 0;
  list.addEventListener("focusin", (event) => {
    for (const item of list.querySelectorAll('li[tabindex="0"]')) item.tabIndex = -1;
    event.target.closest("li").tabIndex = 0;
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (!item) return;
    item.focus();
    if (event.offsetX < 20 && event.target === item) toggle(item);
    else go(item);
  });
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const item = event.target.closest("li");
    const seen = [...list.querySelectorAll("li")].filter((one) => one.checkVisibility());
    const place = seen.indexOf(item);
    const open = item.getAttribute("aria-expanded");
    let next = null;
    if (event.key === "ArrowDown") next = seen[place + 1];
    else if (event.key === "ArrowUp") next = seen[place - 1];
    else if (event.key === "Home") next = seen[0];
    else if (event.key === "End") next = seen.at(-1);
    else if (event.key === "ArrowRight") { if (open === "false") toggle(item); else if (open) next = seen[place + 1]; }
    else if (event.key === "ArrowLeft") { if (open === "true") toggle(item); else next = item.parentElement.closest("li"); }
    else if (event.key === "Enter" || event.key === " ") go(item);
    else if (event.key === "*") for (const one of item.parentElement.children) { if (one.hasAttribute("aria-expanded")) set(one, true); }
    else if (event.key.length === 1) {
      typed = event.timeStamp - at < AFTER_MS ? typed + event.key : event.key;
      at = event.timeStamp;
      const round = [...seen.slice(place + (typed.length > 1 ? 0 : 1)), ...seen.slice(0, place + 1)];
      next = round.find((one) => one.querySelector("b").textContent.toLowerCase().startsWith(typed.toLowerCase()));
    } else return;
    event.preventDefault();
    next?.focus();
  });
}

function set(item, open) {
  item.setAttribute("aria-expanded", String(open));
  item.querySelector(":scope > ul").hidden = !open;
}

function toggle(item) {
  const open = item.getAttribute("aria-expanded");
  if (open) set(item, open === "false");
}

function go(item) {
  if (item.dataset.line) item.dispatchEvent(new CustomEvent("place", { bubbles: true, detail: item.dataset }));
}

for (const list of document.querySelectorAll("[data-tree]")) upgrade(list);
