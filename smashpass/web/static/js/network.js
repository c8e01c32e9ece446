// What is said of the network and of the swipes that wait for it.

import { Refused } from "./api.js";
import { text } from "./texts.js";

export const PATIENCE = 10000; // milliseconds before a struggling server is spoken of

/** The line below the buttons; empty when all is well. `persists`: the device keeps what waits. */
export function networkText(queue, persists) {
  const n = queue.waiting;
  const refused = queue.trouble instanceof Refused;
  const place = text(persists ? "kept-here" : "kept-open");
  if (refused && queue.trouble.status === 401) return text("waiting-gate", { n });
  if (n && (!navigator.onLine || (queue.trouble && !refused))) return `${text("waiting", { n })} ${place}`;
  if (n && refused && Date.now() - queue.troubleSince >= PATIENCE) {
    return `${text("waiting-server", { n })} ${place}`;
  }
  if (!navigator.onLine) return text("offline");
  return queue.refusals ? text("refused", { n: queue.refusals }) : "";
}
