/** Slow parts are loaded after the page: each `[data-later]` is filled from its address. */
for (const place of document.querySelectorAll("[data-later]")) {
  place.setAttribute("aria-busy", "true");
  fetch(place.dataset.later, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then(({ html }) => { place.innerHTML = html; })
    .catch(() => {})  // the link to the same figures stays
    .finally(() => place.removeAttribute("aria-busy"));
}
