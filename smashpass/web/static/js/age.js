// The age band, asked once and kept as a band: no birthday, no name, no account.

import { ask, Refused } from "./api.js";
import { keep } from "./db.js";
import { text } from "./texts.js";

const at = (id) => document.getElementById(id);
const choice = at("choice");

function refuse() {
  // Kept until the browser is closed: a second answer right after the first would mean little.
  sessionStorage.setItem("too-young", "yes");
  choice.hidden = true;
  at("sorry").hidden = false;
  at("sorry").focus();
}

async function choose(band) {
  if (band === "under-13") return refuse();
  for (const button of choice.querySelectorAll("button")) button.disabled = true;
  at("problem").textContent = "";
  try {
    await ask("POST", "/viewers", { body: { age_band: band } });
    // Another viewer than before: swipes that wait still go out, the rest is of the one before.
    for (const name of ["past", "deck"]) await keep(name, undefined).catch(() => {});
    location.replace(document.documentElement.dataset.play + location.search);
  } catch (error) {
    if (error instanceof Refused && error.status === 403) return refuse();
    at("problem").textContent = text(error instanceof Refused ? "age-refused" : "age-unreachable");
    for (const button of choice.querySelectorAll("button")) button.disabled = false;
  }
  return undefined;
}

choice.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) choose(button.value);
});
if (sessionStorage.getItem("too-young")) refuse();
