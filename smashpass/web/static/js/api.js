// Requests to our own server, with a time limit and honest failures.

const base = document.documentElement.dataset.api;

/** The server answered, but not with what was asked for (RFC 9457). */
export class Refused extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? "";
    this.errors = problem.errors ?? [];
    this.request = problem.request_id ?? "";
    this.retryAfter = retryAfter;
  }
}

/** No answer: no network, or not within the time limit. */
export class Unreachable extends Error {}

let ahead = 0;

/** Now by the server's clock, as of the last response; in milliseconds. */
export const serverNow = () => Date.now() - ahead;

function readClock(response) {
  const serverTime = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(serverTime)) return;
  // The header has whole seconds: below a few of them the two clocks count as the same.
  const difference = Date.now() - serverTime;
  ahead = Math.abs(difference) > 3000 ? difference : 0;
}

/** The address of `path` with `query`; empty values are left out. */
export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
  const tail = new URLSearchParams(given).toString();
  return base + path + (tail ? `?${tail}` : "");
}

/** Ask the server; returns the JSON of the answer, or null where it has none. */
export async function ask(method, path, { query, body, signal, keepalive, limit = 15000 } = {}) {
  const limits = [AbortSignal.timeout(limit), ...(signal ? [signal] : [])];
  let response, content;
  try {
    response = await fetch(address(path, query), {
      method,
      keepalive,
      credentials: "same-origin",
      signal: AbortSignal.any(limits),
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    content = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(String(error));
  }
  readClock(response);
  const parsed = parse(content);
  if (response.ok) return parsed;
  const retry = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  throw new Refused(response.status, parsed ?? {}, Number.isNaN(retry) ? 0 : retry);
}

function parse(content) {
  try {
    return content ? JSON.parse(content) : null;
  } catch {
    return null; // Not JSON: a proxy's error page. The status says enough.
  }
}
