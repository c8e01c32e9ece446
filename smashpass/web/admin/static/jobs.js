// Updates the list of jobs while one is open and the page is visible.
import { number, text } from "./texts.js";

const EVERY = 2_000;
const OPEN = new Set(["queued", "running"]);
const rows = new Map([...document.querySelectorAll("[data-job]")].map((row) => [Number(row.dataset.job), row]));
const live = document.getElementById("live");
if (live) live.textContent = text("live");

async function look() {
  if (document.hidden) return true;
  const answer = await fetch(location.href, { headers: { Accept: "application/json" } });
  if (!answer.ok) return answer.status >= 500;
  const { jobs } = await answer.json();
  for (const job of jobs) show(rows.get(job.id), job);
  return jobs.some((job) => OPEN.has(job.state));
}

function show(row, job) {
  if (!row) return;
  row.querySelector("[data-slot=state]").textContent = job.state_name;
  row.querySelector("[data-slot=done]").textContent = number(job.done) + (job.total ? ` / ${number(job.total)}` : "");
  const bar = row.querySelector("progress");
  if (bar) bar.value = job.share;
  // The outcome, with its links, comes with the reloaded page.
  if (!OPEN.has(job.state) && row.querySelector("form, progress")) location.reload();
}

async function follow() {
  let on = true;
  try { on = await look(); } catch { on = true; }
  if (on) setTimeout(follow, EVERY);
}

setTimeout(follow, EVERY);
