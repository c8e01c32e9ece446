// Sends a notice about the picture of the open dialog; loaded when somebody reports one.

import { ask } from "./api.js";
import { text } from "./texts.js";

export async function report(form) {
  const link = document.getElementById("case");
  const image = form.closest("dialog").dataset.image;
  let told = "report-done";
  try {
    const body = { image, ...Object.fromEntries(new FormData(form)) };
    link.href = (await ask("POST", "/notices", { body })).case;
    link.hidden = false;
  } catch {
    told = "report-failed";
  }
  document.getElementById("noted").textContent = text(told);
}
