// Previews a file without leaving the page, so that it need not be chosen twice.
import { text } from "./texts.js";

const form = document.getElementById("bring");
const outcome = document.getElementById("outcome");

form.addEventListener("submit", async (event) => {
  if (event.submitter?.value !== "look") return;
  event.preventDefault();
  event.submitter.disabled = true;
  outcome.setAttribute("aria-busy", "true");
  try {
    const body = new FormData(form, event.submitter);
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("outcome");
    if (!found) { location.reload(); return; }
    outcome.replaceChildren(...found.childNodes);
    outcome.querySelector(".again")?.remove();
  } catch {
    const refusal = Object.assign(document.createElement("p"), { className: "wrong", textContent: text("no-answer") });
    refusal.setAttribute("role", "alert");
    outcome.replaceChildren(refusal);
  } finally {
    outcome.removeAttribute("aria-busy");
    event.submitter.disabled = false;
    outcome.focus();
  }
});
