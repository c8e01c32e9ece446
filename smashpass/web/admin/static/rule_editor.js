/**
 * The editor of a rule file: what is wrong as somebody types, what it would change, and the way to
 * a place. Marks and completion are modules of their own.
 *
 * An answer that is older than what is typed is dropped. A plain field keeps undo, find and every
 * tool that people have for text.
 */
import { Completion } from "./editor_completion.js";
import { Marks, offsetOf, replaceRange } from "./editor_marks.js";
import { upgrade } from "./rule_tree.js";
import { text as words } from "./texts.js";

const PAUSE_MS = 60;
const form = document.getElementById("edit");
const text = document.getElementById("text");
const state = document.getElementById("state");
const side = document.getElementById("side");
const below = document.getElementById("below");
const list = document.getElementById("list");
const impact = document.getElementById("impact");
const marks = new Marks(text, document.getElementById("numbers"), document.getElementById("marks"));
const saved = text.value;
let asked = 0;
let waiting = 0;
let asking = null;
let leaving = false;
let took = 0;

/** Put the caret at a position and select what is meant; columns count code points, from 1. */
export function goTo(line, col = 1, end = 0) {
  const start = offsetOf(text.value, line, col);
  if (start === null) return;
  const until = end || Array.from(text.value.split("\n")[line - 1]).length + 1;
  text.focus();
  text.setSelectionRange(start, offsetOf(text.value, line, Math.max(col, until)));
  const height = parseFloat(getComputedStyle(text).lineHeight);
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
    answer = { summary: words("no-answer") };
  }
  if (mine !== asked) return;
  took = performance.now() - began;
  state.textContent = answer.summary;
  if (answer.side === undefined) return;
  fill(side, answer.side);
  fill(list, answer.list);
  fill(below, answer.below);
  marks.show(answer.marks);
  if (answer.names) completion.names = answer.names;
  form.dataset.checked = String(mine);
  await weigh(mine, asking.signal);
}

/** Count what the checked text would change; a later check drops the answer. */
async function weigh(mine, signal) {
  impact.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams({ text: text.value });
    const headers = { "X-CSRF": document.documentElement.dataset.csrf, Accept: "application/json" };
    const response = await fetch(form.dataset.impact, { method: "POST", body, headers, signal });
    if (!response.ok) throw new Error((await response.json()).detail);
    const { html } = await response.json();
    if (mine !== asked) return;
    const closed = [...impact.querySelectorAll("details")].some((one) => !one.open);
    impact.innerHTML = html;
    if (closed) for (const one of impact.querySelectorAll("details")) one.open = false;
  } catch (error) {
    if (error.name !== "AbortError") state.textContent = words("no-answer");
  } finally {
    if (mine === asked) impact.removeAttribute("aria-busy");
  }
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
  const proposal = event.target.closest?.(".proposal");
  if (proposal) { propose(proposal.dataset); return; }
  const to = event.target.closest?.("[data-line]");
  if (!to || to.matches("[role=treeitem]") || to.dataset.file !== form.dataset.path) return;
  event.preventDefault();
  goTo(Number(to.dataset.line), Number(to.dataset.col ?? 1), Number(to.dataset.end ?? 0));
}

/** Put a proposed name in place of exactly what it was proposed for. */
function propose({ line, start, end, typed, name }) {
  const from = offsetOf(text.value, Number(line), Number(start));
  const to = offsetOf(text.value, Number(line), Number(end));
  if (from === null || text.value.slice(from, to) !== typed) { state.textContent = words("text-moved"); return; }
  replaceRange(text, from, to, name);
}

const completion = new Completion(text, JSON.parse(form.dataset.names));
text.addEventListener("input", () => {
  marks.typed();
  clearTimeout(waiting);
  // Slow files are checked less often.
  waiting = setTimeout(check, Math.max(PAUSE_MS, took > 200 ? took : 0));
});
document.getElementById("numbers").addEventListener("click", (event) => {
  const { line } = event.target.dataset;
  const mark = marks.marks.find((one) => one.line === Number(line));
  if (mark) goTo(mark.line, mark.start, mark.end);
});
for (const place of [side, list, below]) {
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

marks.show(JSON.parse(form.dataset.marks));
const wanted = /^#line-(\d+)$/.exec(location.hash);
if (wanted) goTo(Number(wanted[1]));
