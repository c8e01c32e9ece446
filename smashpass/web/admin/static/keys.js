/**
 * Keys of a page: every element with `data-key` is clicked, or focused if it is a field, by its key.
 *
 * `?` lists them with `data-key-name` or their label. Keys do nothing in fields, with modifiers, or
 * while they repeat. An account may change each key, or switch all off: `data-keys="off"` of the page.
 */
import { hasText, text } from "./texts.js";

const FIELDS = "input, textarea, select, [contenteditable]";

export function marked(root = document) {
  return [...root.querySelectorAll("[data-key]:not([data-key=''])")].filter((one) => one.checkVisibility());
}

function list() {
  const old = document.getElementById("keys");
  if (old) { old.close(); return; }
  const dialog = Object.assign(document.createElement("dialog"), { id: "keys", className: "keys" });
  const title = Object.assign(document.createElement("h2"), { textContent: text("keys-title") });
  const table = document.createElement("table");
  const rows = [["?", text("keys-list")], ...marked().map((one) => [one.dataset.key, nameOf(one)])];
  for (const [key, name] of rows) {
    const row = table.insertRow();
    row.insertCell().append(Object.assign(document.createElement("kbd"), { textContent: key }));
    row.insertCell().textContent = name;
  }
  const close = Object.assign(document.createElement("button"), { textContent: text("close"), className: "button" });
  close.addEventListener("click", () => dialog.close());
  const actions = Object.assign(document.createElement("p"), { className: "actions start" });
  actions.append(close);
  if (hasText("keys-change")) {
    const href = `${document.documentElement.dataset.admin}/account/keys`;
    actions.append(Object.assign(document.createElement("a"), { href, textContent: text("keys-change") }));
  }
  dialog.append(title, table, actions);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function nameOf(one) {
  return one.dataset.keyName || one.getAttribute("aria-label") || one.labels?.[0]?.innerText || one.textContent.trim();
}

const off = () => document.documentElement.dataset.keys === "off";

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
  if (event.target.closest?.(FIELDS) || off()) return;
  if (event.key === "?") { event.preventDefault(); list(); return; }
  if (document.querySelector("dialog[open]")) return;
  const one = marked().find((each) => each.dataset.key === event.key);
  if (!one) return;
  event.preventDefault();
  if (one.matches(FIELDS)) { one.focus(); one.select?.(); } else { one.click(); }
});
