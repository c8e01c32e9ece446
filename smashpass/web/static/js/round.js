// The card after a round of 25: what it tells of the viewer, counted on this device.

import { tellingTags } from "./cards.js";
import { agreed, ROUND } from "./past.js";
import { copy, element, slot, tagElement, text } from "./texts.js";

const NONE = new Set();
const ROWS = 4;
const FEWEST = 3; // cards with a tag before it is spoken of

/** The tags that tell most: how often the viewer smashed each of them, beside what the app said. */
function rowsOf(steps) {
  const tags = new Map();
  for (const { card, entry } of steps) {
    for (const name of tellingTags(card, NONE)) {
      const row = tags.get(name) ?? { name, n: 0, mine: 0, app: 0 };
      row.n += 1;
      row.mine += entry.verdict === "smash";
      row.app += card.decision?.verdict === "smash";
      tags.set(name, row);
    }
  }
  const telling = [...tags.values()].filter(({ n }) => n >= FEWEST && n <= 0.8 * ROUND);
  const weight = ({ n, mine }) => Math.abs(mine / n - 0.5) * Math.sqrt(n);
  return telling.sort((a, b) => weight(b) - weight(a)).slice(0, ROWS);
}

/** The card of a finished round, to lie in the stack; `goOn()` is called when it is put aside. */
export function makeRound(steps, goOn) {
  const round = steps.slice(-ROUND);
  const card = copy("round-card");
  const smashed = round.filter(({ entry }) => entry.verdict === "smash").length;
  const values = { total: round.length, smashed, same: round.filter(agreed).length };
  slot(card, "sum").textContent = text("round-sum", values);
  slot(card, "rows").replaceChildren(...rowsOf(round).map(row));
  slot(card, "go-on").addEventListener("click", () => goOn());
  return { image: "round", tags: [], element: card };
}

function row({ name, n, mine, app }) {
  const line = element("tr");
  const head = element("th");
  head.scope = "row";
  head.append(tagElement(name));
  line.append(head, barCell(mine, n, "mine"), barCell(app, n, "app"));
  return line;
}

function barCell(part, whole, kind) {
  const cell = element("td");
  const bar = element("span", `bar ${kind}`);
  bar.style.inlineSize = `${Math.round((100 * part) / whole)}%`;
  const track = element("span", "track");
  track.append(bar);
  cell.append(track, element("small", "", text("of", { part, whole })));
  return cell;
}
