/**
 * The editor of a rule file: line numbers, what is wrong as somebody types, and the way to a place.
 *
 * An answer that is older than what is typed is dropped. A plain field keeps undo, find and every
 * tool that people have for text.
 */
import { upgrade } from "./rule_tree.js";

const PAUSE_MS = 60;
const form = document.getElementById("edit");
const text = document.getElementById("text");
const numbers = document.getElementById("numbers");
const state = document.getElementById("state");
const side = document.getElementById("side");
const below = document.getElementById("below");
const saved = text.value;
let count = 0;
let asked = 0;
let waiting = 0;
let asking = null;
let leaving = false;
let took = 0;

function number() {
  const lines = text.value.split("\n").length;
  if (lines === count) return;
  count = lines;
  numbers.textContent = Array.from({ length: lines }, (_, at) => at + 1).join("\n");
}

/** Put the caret at a position; columns count code points, from 1. */
export function goTo(line, col = 1) {
  const before = text.value.split("\n").slice(0, line);
  if (before.length < line) return;
  const last = before.pop();
  const within = Array.from(last).slice(0, col - 1).join("").length;
  const at = before.reduce((sum, one) => sum + one.length + 1, 0) + within;
  text.focus();
  text.setSelectionRange(at, at + Math.max(0, last.length - within));
  const height = text.scrollHeight / Math.max(1, text.value.split("\n").length);
  text.scrollTop = Math.max(0, (line - 4) * height);
}

async function check() {
  asking?.abort();
  asking = new AbortController();
  const mine = ++asked;
  const began = performance.now();
  let answer;
  try {
    const body = new URLSearchParams({ text: text.value });
    const headers = { "X-CSRF": document.documentElement.dataset.csrf, Accept: "application/json" };
    const response = await fetch(form.dataset.check, { method: "POST", body, headers, signal: asking.signal });
    answer = response.ok ? await response.json() : { summary: (await response.json()).detail };
  } catch (error) {
    if (error.name === "AbortError") return;
    answer = { summary: "The server is not responding; your input is kept here." };
  }
  if (mine !== asked) return;
  took = performance.now() - began;
  state.textContent = answer.summary;
  if (answer.side === undefined) return;
  fill(side, answer.side);
  fill(below, answer.below);
  form.dataset.checked = String(mine);
}

function fill(place, html) {
  const open = [...place.querySelectorAll('[aria-expanded="false"]')].map((one) => one.id);
  const warned = place.querySelector("details.warnings")?.open;
  const held = document.createElement("template");
  held.innerHTML = html;
  place.replaceChildren(held.content);
  for (const list of place.querySelectorAll("[data-tree]")) upgrade(list);
  if (warned && place.querySelector("details.warnings")) place.querySelector("details.warnings").open = true;
  for (const id of open) {
    const item = id && document.getElementById(id);
    if (!item?.hasAttribute("aria-expanded")) continue;
    item.setAttribute("aria-expanded", "false");
    item.querySelector(":scope > ul").hidden = true;
  }
}

function follow(event) {
  const to = event.target.closest?.("[data-line]");
  if (!to || to.matches("[role=treeitem]") || to.dataset.file !== form.dataset.path) return;
  event.preventDefault();
  goTo(Number(to.dataset.line), Number(to.dataset.col ?? 1));
}

text.addEventListener("input", () => {
  number();
  clearTimeout(waiting);
  // Slow files are checked less often.
  waiting = setTimeout(check, Math.max(PAUSE_MS, took > 200 ? took : 0));
});
text.addEventListener("scroll", () => { numbers.scrollTop = text.scrollTop; });
for (const place of [side, below]) {
  place.addEventListener("click", follow);
  place.addEventListener("place", (event) => {
    const { file, line, col } = event.detail;
    if (file === form.dataset.path) goTo(Number(line), Number(col));
  });
}
form.addEventListener("submit", () => { leaving = true; });
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s" && !text.readOnly) { event.preventDefault(); form.requestSubmit(); }
});
addEventListener("beforeunload", (event) => { if (!leaving && text.value !== saved) event.preventDefault(); });

number();
const wanted = /^#line-(\d+)$/.exec(location.hash);
if (wanted) goTo(Number(wanted[1]));
