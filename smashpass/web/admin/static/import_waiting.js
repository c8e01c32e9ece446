// Waits for the job process to start an import, then leads to its run.
import { text } from "./texts.js";

const EVERY = 1_000;
const shown = document.getElementById("state").dataset.state;
document.getElementById("live").textContent = text("turns");
setTimeout(follow, EVERY);

async function follow() {
  const job = document.hidden ? null : await ask();
  if (job && (job.run || job.state !== shown)) location.reload();
  else setTimeout(follow, EVERY);
}

// A server that does not answer now may do so in a second.
async function ask() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
