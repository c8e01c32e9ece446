// "Settings": some stay on this device, others hold wherever this viewer swipes.

import { ask, Refused } from "./api.js";
import { text } from "./texts.js";

const at = (id) => document.getElementById(id);
let saving = Promise.resolve();
let unsaved = 0;

/** The settings that the server keeps: they hold on every device. */
function drawLimits(limits) {
  const { break_reminder: on, break_reminder_fixed: fixed, daily_limit: minutes } = limits;
  const daily = at("daily");
  const value = minutes === null ? "" : String(minutes);
  if (![...daily.options].some((option) => option.value === value)) daily.add(new Option(value, value));
  daily.value = value;
  daily.disabled = false;
  at("break").value = on ? "on" : "off";
  at("break").disabled = fixed;
  at("suggestions").value = limits.suggestions ? "on" : "off";
  at("suggestions").disabled = limits.suggestions_fixed;
  at("break-fixed").hidden = at("daily-fixed").hidden = !fixed;
  at("suggestions-fixed").hidden = !limits.suggestions_fixed;
  if (fixed) daily.querySelector('[value=""]')?.remove(); // There is always a limit.
}

/** Changes reach the server in the order in which they were made; an answer to an older one resets no newer choice. */
function changeLimits({ target: { id, value } }) {
  const body = {
    break: () => ({ break_reminder: value === "on" }),
    daily: () => ({ daily_limit: value ? Number(value) : null }),
    suggestions: () => ({ suggestions: value === "on" }),
  }[id]();
  unsaved += 1;
  saving = saving.then(async () => {
    try {
      const { settings: limits } = await ask("PATCH", "/me", { body });
      if (unsaved === 1) drawLimits(limits);
      at("status").textContent = text("settings-saved");
    } catch (error) {
      tell(error);
    } finally {
      unsaved -= 1;
    }
  });
}

function watchDevice() {
  for (const name of ["motion", "keys", "letters"]) {
    const select = at(name);
    select.value = localStorage.getItem(name) ?? select.value;
    select.addEventListener("change", () => localStorage.setItem(name, select.value));
  }
  const root = document.documentElement;
  at("theme").value = root.dataset.theme ?? "";
  at("theme").addEventListener("change", ({ target: { value } }) => {
    // A cookie, so that the server can send the page in the right colours at once.
    const age = value ? 365 * 24 * 3600 : 0;
    document.cookie = `theme=${value}; path=${root.dataset.root}; max-age=${age}; samesite=lax`;
    if (value) root.dataset.theme = value;
    else delete root.dataset.theme;
  });
}

async function load() {
  try {
    const { settings: limits } = await ask("GET", "/me");
    at("status").textContent = "";
    if (!unsaved) drawLimits(limits);
  } catch (error) {
    tell(error);
  }
}

function tell(error) {
  if (error instanceof Refused && error.status === 401) {
    location.assign(document.documentElement.dataset.gate);
    return;
  }
  at("status").textContent = error instanceof Refused ? text("settings-failed", { detail: error.message }) : text("settings-offline");
}

watchDevice();
at("limits").addEventListener("change", changeLimits);
addEventListener("online", load);
load();
