// Updates the figures of a running import.
import { number } from "./texts.js";

const EVERY = 1_500;
const slot = (name) => document.querySelector(`[data-slot="${name}"]`);

async function look() {
  if (document.hidden) return true;
  const answer = await fetch(location.href, { headers: { Accept: "application/json" } });
  if (!answer.ok) return answer.status >= 500;
  const figures = await answer.json();
  for (const name of ["read", "added", "changed", "unchanged", "refused", "quarantined", "rate"]) {
    slot(name).textContent = number(figures[name]);
  }
  slot("state_name").textContent = figures.state_name;
  if (figures.state !== "running") { location.reload(); return false; }
  slot("share").textContent = figures.share ?? "?";
  slot("left").textContent = figures.left || "?";
  if (figures.share !== null) slot("bar").value = figures.share;
  return true;
}

async function follow() {
  let on = true;
  try { on = await look(); } catch { on = true; }
  if (on) setTimeout(follow, EVERY);
}

setTimeout(follow, EVERY);
