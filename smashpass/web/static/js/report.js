// Sends a notice about the picture of the open dialog; loaded when somebody reports one.

import { ask } from "./api.js";
import { text } from "./texts.js";

export async function report(form) {
  const link = document.getElementById("case");
  const noted = document.getElementById("noted");
  const dialog = form.closest("dialog");
  const { image } = dialog.dataset;
  let outcome = "report-done";
  try {
    const body = { image, ...Object.fromEntries(new FormData(form)) };
    link.href = (await ask("POST", "/notices", { body })).case;
    link.hidden = false;
  } catch {
    outcome = "report-failed";
  }
  noted.textContent = text(outcome);
  // The outcome for one picture is gone when the next one is looked at.
  dialog.addEventListener("close", () => { noted.textContent = ""; link.hidden = true; }, { once: true });
}
