// Suggests tag names in fields that expect one, with the browser's own list.
import { text } from "./texts.js";

const fields = document.querySelectorAll("input[data-complete]");
const known = new Map();

for (const [number, field] of fields.entries()) {
  const list = document.createElement("datalist");
  list.id = `names-${number}`;
  field.after(list);
  field.setAttribute("list", list.id);
  let last = "";
  field.addEventListener("input", async () => {
    const typed = field.value.trim();
    last = typed;
    if (!typed) { list.replaceChildren(); return; }
    if (!known.has(typed)) known.set(typed, ask(typed));
    const names = await known.get(typed);
    if (last !== typed) return;
    list.replaceChildren(...names.map(({ name, count }) => new Option(text("images", { n: count }), name)));
  });
}

async function ask(typed) {
  const address = `${document.documentElement.dataset.admin}/tags/-/names?typed=${encodeURIComponent(typed)}`;
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).tags : [];
  } catch {
    known.delete(typed);
    return [];
  }
}
