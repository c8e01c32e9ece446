// Completes from the commonest tags; loaded when somebody is about to type.

import { ask } from "./api.js";

const ROWS = 8;

/** Let `box` open what fits at once, also without network; the server's may be better, and later. */
export async function help(box) {
  const { tags } = await ask("GET", "/tags/top").catch(() => ({ tags: [] }));
  box.guess = (typed) => {
    const wanted = typed.replaceAll(" ", "_");
    const fits = (name) => name.startsWith(wanted) || name.slice(name.indexOf(":") + 1).startsWith(wanted);
    const rows = [];
    for (const [name, , count, , aliases] of tags) {
      const via = fits(name) ? undefined : aliases.find((alias) => alias.startsWith(wanted));
      if (via || fits(name)) rows.push({ name, count, via });
      if (rows.length === ROWS) break;
    }
    if (rows.length) box.open(rows);
  };
}
