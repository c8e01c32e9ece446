// What a finished round tells of its viewer; loaded when somebody asks.

import { agreed, ROUND } from "./past.js";
import { element, slot, tagElement, text } from "./texts.js";

/** Your taste over the last round: how often you smashed each tag, beside what the app said. */
function tasteOf(steps) {
  const tags = new Map();
  for (const { card, entry } of steps.slice(-ROUND)) {
    for (const name of card.tags) {
      const row = tags.get(name) ?? { name, n: 0, mine: 0, app: 0 };
      row.n += 1;
      row.mine += entry.verdict === "smash";
      row.app += card.decision?.verdict === "smash";
      tags.set(name, row);
    }
  }
  const telling = [...tags.values()].filter(({ n }) => n >= 3 && n <= 0.8 * ROUND);
  const weight = ({ n, mine }) => Math.abs(mine / n - 0.5) * Math.sqrt(n);
  return telling.sort((a, b) => weight(b) - weight(a)).slice(0, 8);
}

/** Fill the dialog of a finished round. */
export function fillRound(dialog, steps) {
  const round = steps.slice(-ROUND);
  const smashed = round.filter(({ entry }) => entry.verdict === "smash").length;
  const same = round.filter(agreed).length;
  slot(dialog, "sum").textContent = text("round-sum", { total: round.length, smashed, same });
  slot(dialog, "rows").replaceChildren(
    ...tasteOf(steps).map(({ name, n, mine, app }) => {
      const row = element("tr");
      const head = element("th");
      head.scope = "row";
      head.append(tagElement(name));
      row.append(head, barCell(mine, n, "mine"), barCell(app, n, "app"));
      return row;
    }),
  );
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
