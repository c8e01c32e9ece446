// "My swipes": everything the server keeps about this viewer, to search, change, take away.

import { ask, Refused } from "./api.js";
import { forget } from "./db.js";
import { cardOf, historyRow } from "./history.js";
import { Queue } from "./queue.js";
import { element, slot, tagText, text } from "./texts.js";
import { fillWhy } from "./why.js";

const PATIENCE = 10000; // milliseconds before a server that does not answer is asked again
const SETTLED = 800; // milliseconds after a change before the number is asked for again

const at = (id) => document.getElementById(id);
const say = (message) => {
  at("status").textContent = message;
};
const queue = new Queue(() => {
  at("network").textContent = queue.waiting && queue.trouble ? text("me-waiting", { n: queue.waiting }) : "";
  clearTimeout(queue.counting);
  if (!queue.waiting && wanted.loaded) queue.counting = setTimeout(recount, SETTLED);
});
// What is shown: words, verdicts, where the next page begins; `turn` tells answers to older wishes.
const wanted = { q: "", show: "all", next: "", turn: 0, loaded: false };

/** Show the first page of what is wanted. */
async function reload() {
  const turn = (wanted.turn += 1);
  clearTimeout(reload.timer);
  wanted.next = "";
  const query = { q: wanted.q, show: wanted.show };
  const url = new URL(location);
  for (const name of ["q", "show"]) url.searchParams.delete(name);
  if (wanted.q) url.searchParams.set("q", wanted.q);
  if (wanted.show !== "all") url.searchParams.set("show", wanted.show);
  history.replaceState(null, "", url);
  try {
    const answer = await ask("GET", "/me/swipes", { query: { ...query, limit: 30 } });
    if (turn !== wanted.turn) return;
    wanted.loaded = true;
    at("mistake").replaceChildren();
    at("history").replaceChildren();
    drawPage(answer);
    say(answer.matched ? "" : text(wanted.q || wanted.show !== "all" ? "me-no-match" : "me-none"));
  } catch (error) {
    if (turn === wanted.turn) await tell(error);
  }
}

async function loadMore() {
  const { q, show, next: after, turn } = wanted;
  try {
    const answer = await ask("GET", "/me/swipes", { query: { q, show, after, limit: 30 } });
    if (turn === wanted.turn) drawPage(answer);
  } catch (error) {
    await tell(error);
  }
}

function drawPage({ swipes, next, matched }) {
  wanted.next = next;
  at("more").hidden = !next;
  at("history").append(...swipes.map(makeRow));
  drawNumber(matched);
}

const makeRow = (swipe) => historyRow(swipe, { queue, say, why: openWhy });

/** After changes: how many match now. */
async function recount() {
  const { q, show, turn } = wanted;
  const answer = await ask("GET", "/me/swipes", { query: { q, show, limit: 1 } }).catch(() => null);
  if (answer && turn === wanted.turn) drawNumber(answer.matched);
}

function drawNumber(n) {
  const { q, show } = wanted;
  const what = [show === "all" ? "" : text(`me-show-${show}`), q ? text("me-with", { words: q }) : ""];
  const named = what.filter(Boolean).join(", ");
  at("sum").textContent = named ? text("me-match", { n, what: named }) : text("me-count", { n });
}

/** The words cannot be read: what is wrong, and the nearest tags. */
function drawMistake({ message, errors }) {
  const detail = message.replace(/^character \d+: /, "");
  const proposals = errors.flatMap(({ suggestions = [], position = 0, end = Infinity }) =>
    suggestions.map((name) => {
      const button = element("button", "button small", text("use-instead", { word: tagText(name) }));
      button.type = "button";
      button.addEventListener("click", () => {
        const letters = [...wanted.q];
        at("q").value = [...letters.slice(0, position), name, ...letters.slice(end)].join("");
        at("find").requestSubmit();
      });
      return button;
    }),
  );
  const actions = element("p", "actions start");
  actions.append(...proposals);
  at("mistake").replaceChildren(element("p", "problem", text("me-mistake", { detail })), actions);
  at("history").replaceChildren();
  at("more").hidden = true;
  at("sum").textContent = "";
  say("");
}

/** The same reasons as on the swipe page, by the rules of today. */
async function openWhy(swipe) {
  const dialog = at("why");
  let card, decision;
  try {
    card = await cardOf(swipe.image);
    decision = swipe.decision ?? (await ask("POST", "/decisions", { body: { image: swipe.image, explain: true } }));
  } catch (error) {
    say(error instanceof Refused && error.status < 500 ? text("me-gone") : text("me-no-why"));
    return;
  }
  fillWhy(dialog, { card: { ...card, decision }, info: null, decided: true, wish: "" });
  const { app_verdict: app, revision } = swipe;
  const changed = revision && revision !== decision.revision;
  const note = changed ? text("me-rules-now", { verdict: text(app) }) : text("me-rules-same");
  slot(dialog, "dealt").replaceChildren(element("p", "quiet", note));
  dialog.showModal();
}

/** No answer: show what this device has, and ask again. */
async function tell(error) {
  if (error instanceof Refused && error.status === 401) {
    location.assign(document.documentElement.dataset.gate);
    return;
  }
  if (error instanceof Refused && error.status === 400) {
    drawMistake(error);
    return;
  }
  if (wanted.loaded && at("history").children.length && wanted.next) {
    say(text("me-later"));
    return;
  }
  const { swipesHere } = await import("./device.js");
  const swipes = await swipesHere(wanted.show);
  at("mistake").replaceChildren();
  at("history").replaceChildren(...swipes.map(makeRow));
  at("more").hidden = true;
  at("sum").textContent = text(navigator.onLine ? "me-away" : "me-offline", { n: swipes.length });
  say(text("me-later"));
  if (navigator.onLine) reload.timer = setTimeout(reload, PATIENCE);
}

async function remove() {
  try {
    await ask("DELETE", "/me");
  } catch (error) {
    const cause = error instanceof Refused ? "age-refused" : "age-unreachable";
    say(text("me-delete-failed", { detail: text(cause) }));
    return;
  }
  await forget();
  for (const name of await globalThis.caches?.keys() ?? []) await caches.delete(name);
  localStorage.clear();
  sessionStorage.clear();
  location.assign(document.documentElement.dataset.play);
}

async function start() {
  const { searchParams } = new URL(location);
  at("q").value = wanted.q = searchParams.get("q") ?? "";
  const shown = document.querySelector(`#filters [value="${CSS.escape(searchParams.get("show") ?? "")}"]`);
  if (shown) shown.checked = true;
  wanted.show = new FormData(at("filters")).get("show");
  at("filters").addEventListener("change", ({ target }) => {
    wanted.show = target.value;
    reload();
  });
  at("find").addEventListener("submit", (event) => {
    event.preventDefault();
    wanted.q = at("q").value.trim();
    reload();
  });
  at("q").addEventListener("search", () => {
    if (!at("q").value && wanted.q) at("find").requestSubmit(); // its own small cross
  });
  at("more").addEventListener("click", loadMore);
  at("delete").addEventListener("click", () => at("sure").showModal());
  at("sure").addEventListener("close", () => {
    if (at("sure").returnValue === "yes") remove();
  });
  addEventListener("online", sendAndReload);
  await queue.start();
  await sendAndReload();
  const why = searchParams.get("why");
  if (why) await openWhyOf(why);
}

/** What waits on this device goes first, so that the list has it. */
async function sendAndReload() {
  await queue.flush();
  await reload();
}

/** A link to the reasons of one picture. */
async function openWhyOf(image) {
  const { swipes } = await ask("GET", "/me/swipes", { query: { image } }).catch(() => ({ swipes: [] }));
  await openWhy(swipes[0] ?? { image });
}

start();
