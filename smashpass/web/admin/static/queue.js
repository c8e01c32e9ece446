// A queue without reloading: the next image is loaded ahead and takes the place of a saved one at
// once. Saves go to the server one after the other; one that fails keeps its draft and is told.
import { hold, release } from "./key_buffer.js";
import { change, editor } from "./tag_editor.js";
import { text } from "./texts.js";

const DRAFTS = "queue drafts";
const KEPT = "unsaved tags";
const RENEW_MS = 5 * 60_000; // half of the time for which the server keeps an image for somebody
const { admin, csrf } = document.documentElement.dataset;
const troubles = document.getElementById("troubles");
const flash = document.getElementById("flash");
const changes = new Map(); // what was saved here: image → number of the change, to be undone by
let sent = Promise.resolve(); // the last save; saves do not overtake each other
let coming; // the next page, being loaded
let ready; // the next page, loaded
let renewed = Date.now(); // when the server last began to keep the images for this page

const desk = () => document.getElementById("desk");
const split = (words) => words.split(/[\s,]+/).filter(Boolean);

/** Steps back with the changes that became known after the page was made. */
function steps(back) {
  return back.replaceAll(/([0-9a-z]+)\.[0-9]+/g, (step, image) => (changes.has(image) ? `${image}.${changes.get(image)}` : step));
}

function current(path) {
  const address = new URL(path, location.href);
  if (address.searchParams.has("back")) address.searchParams.set("back", steps(address.searchParams.get("back")));
  return address.href;
}

/** The part of an answered page that is shown, with its picture already decoded. */
async function pageOf(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.getElementById("desk");
  if (!part) throw new Error(answer.ok ? text("session-over") : page.title);
  const shown = document.importNode(part, true);
  await shown.querySelector("img.large")?.decode().catch(() => {}); // a broken picture is shown as one
  return { shown, message: page.getElementById("flash")?.textContent.trim() ?? "" };
}

async function load(path) {
  return pageOf(await fetch(current(path), { headers: { Accept: "text/html" } }));
}

/** Load the next page once the saves are through, so that the server knows what is done. */
function loadAhead() {
  ready = undefined;
  const { next } = desk().dataset;
  const loading = next ? sent.then(() => load(next)) : undefined;
  coming = loading;
  loading?.then(
    (page) => {
      if (coming !== loading) return;
      ready = page;
      desk().dataset.ahead = ""; // from now on the next image takes one frame
    },
    () => { if (coming === loading) coming = undefined; },
  );
}

function show({ shown }) {
  desk().replaceWith(shown);
  history.replaceState(null, "", current(shown.dataset.address));
  change();
  (editor?.box ?? document.getElementById("main")).focus();
  loadAhead();
  if (!editor && !shown.dataset.final) showEnd(shown);
}

/** The end of the queue was loaded before the last save: what is left is counted again. */
async function showEnd(shown) {
  await sent;
  const last = await load(shown.dataset.address).catch(() => undefined);
  if (!last || desk() !== shown) return;
  last.shown.dataset.final = "";
  show(last);
}

function tell(message) {
  flash.textContent = message;
  flash.hidden = !message;
}

/** Show `page` when it is there; keys that are pressed until then are for it. */
async function showWhenThere(page) {
  hold();
  try {
    show(await page);
  } catch (error) {
    tell(error instanceof TypeError ? text("no-network") : error.message);
    loadAhead();
  } finally {
    release();
  }
}

function goOn(form, submitter) {
  const fields = Object.fromEntries(new FormData(form, submitter));
  keepDraft(fields);
  sent = sent.then(() => post(fields));
  if (ready) show(ready);
  else {
    if (!coming) loadAhead();
    showWhenThere(coming);
  }
}

async function post(fields) {
  const body = new URLSearchParams({ ...fields, back: steps(fields.back), csrf });
  const headers = { Accept: "application/json" };
  try {
    const answer = await fetch(`${admin}/queue/-/next`, { method: "POST", body, headers, keepalive: true });
    const said = await answer.json();
    if (!answer.ok) return trouble(fields, answer.status === 401 ? text("session-over") : said.detail);
    changes.set(fields.image, said.change);
    dropDraft(fields.image);
    if (said.message) tell(text("saved-image", { image: fields.image, message: said.message }));
  } catch {
    trouble(fields, text("no-network"));
  }
  return undefined;
}

async function goBack(form) {
  const [step] = new FormData(form).get("back").split("-");
  const page = sent.then(async () => {
    const body = new URLSearchParams(new FormData(form));
    body.set("back", steps(body.get("back")));
    const answered = await pageOf(await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } }));
    changes.delete(step.split(".")[0]);
    tell(answered.message);
    return answered;
  });
  coming = undefined;
  await showWhenThere(page);
}

// Drafts: what was sent and not confirmed, by image; they outlive a reload.
const drafts = () => JSON.parse(sessionStorage.getItem(DRAFTS) ?? "{}");

function keepDraft(fields) {
  if (fields.act === "skip") return;
  sessionStorage.setItem(DRAFTS, JSON.stringify({ ...drafts(), [fields.image]: fields }));
}

function dropDraft(image) {
  const { [image]: _, ...others } = drafts();
  sessionStorage.setItem(DRAFTS, JSON.stringify(others));
}

function trouble(fields, reason) {
  const note = Object.assign(document.createElement("p"), { className: "wrong" });
  const button = (label, act) => {
    const one = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: label });
    one.addEventListener("click", () => { note.remove(); act(); });
    return one;
  };
  const again = button(text("try-again"), () => { sent = sent.then(() => post(fields)); });
  note.append(`${text("not-saved", { image: fields.image, reason })}. `, again);
  if (fields.act !== "skip") note.append(" ", button(text("open-image"), () => openImage(fields)));
  troubles.append(note);
}

/** Open an image with its draft in a tab of its own; the one shown here stays as it is. */
function openImage({ image, seen, tags }) {
  const [before, wanted] = [split(seen), split(tags)];
  const draft = {
    image,
    add: wanted.filter((name) => !before.includes(name)),
    remove: before.filter((name) => !wanted.includes(name)),
    sent: false,
  };
  const own = sessionStorage.getItem(KEPT);
  sessionStorage.setItem(KEPT, JSON.stringify(draft));
  window.open(`${admin}/images/${image}`); // the new tab begins with a copy of this storage
  if (own) sessionStorage.setItem(KEPT, own);
  else sessionStorage.removeItem(KEPT);
  dropDraft(image);
}

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.matches("[data-queue-form]")) goOn(form, event.submitter);
  else if (form.matches("[data-queue-back]")) goBack(form);
  else return;
  event.preventDefault();
});

/** The images of this page, as the server's forms name them: the one shown, and the next. */
function imagesHere() {
  const body = new FormData();
  body.append("csrf", csrf);
  for (const page of [desk(), ready?.shown]) if (page?.dataset.image) body.append("image", page.dataset.image);
  return body;
}

/** Keep the images for this page; say so if somebody else has taken the shown one meanwhile. */
async function renew() {
  const { image, renew: address } = desk().dataset;
  if (document.hidden || !image) return;
  renewed = Date.now();
  const headers = { Accept: "application/json" };
  const answer = await fetch(address, { method: "POST", body: imagesHere(), headers }).catch(() => undefined);
  if (!answer?.ok || desk().dataset.image !== image) return; // saving tells of a server that is gone
  const { images } = await answer.json();
  if (!images.includes(image)) tell(text("image-taken"));
}

setInterval(renew, RENEW_MS);
document.addEventListener("visibilitychange", () => { if (Date.now() - renewed > RENEW_MS) renew(); });
addEventListener("pageshow", (event) => { if (event.persisted) renew(); });
addEventListener("pagehide", () => navigator.sendBeacon(desk().dataset.leave, imagesHere()));

for (const fields of Object.values(drafts())) trouble(fields, text("unconfirmed"));
loadAhead();
