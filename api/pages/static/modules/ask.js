// Asks the API with the session's cookie: JSON goes in and comes out, and a refusal is a Problem in the API's words.

/** A refusal or an outage. `status` 0 = no answer came; `code` is the API's. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || "The API did not say why.");
    Object.assign(this, { status, code: body.code || "", body });
  }
}

/** A random key, so that a repeated request does nothing twice. Pages without TLS have no randomUUID. */
export const freshKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");

/**
 * The answer's JSON; null if it has no body. Throws Problem. `wait`: seconds for which the answer may wait for a result.
 * A change is repeated once, with its `key`, if the connection broke before its answer came. A buyer's page gives the
 * `token` of its reservation, or "": the session does not count then.
 */
export async function ask(path, { method = "GET", body, wait, signal, token, key = freshKey() } = {}) {
  const headers = token === undefined ? { ...tokenHeader() } : token ? { Authorization: `Bearer ${token}` } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["Idempotency-Key"] = key;
  if (wait) headers.Prefer = `wait=${wait}`;
  const request = { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) };
  const answer = await sent(path, request, method === "POST" ? 1 : 0);
  const text = await answer.text();
  let found = null;
  try {
    found = text ? JSON.parse(text) : null;
  } catch {
    throw new Problem(answer.status, { title: `The answer (${answer.status}) is not from Usher.` });
  }
  if (answer.status === 401 && token === undefined) location.assign(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`);
  if (!answer.ok) throw new Problem(answer.status, found || {});
  return found;
}

async function sent(path, request, repeats) {
  try {
    return await fetch(path, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (repeats > 0) return sent(path, request, repeats - 1);
    throw new Problem(0, { title: "Usher does not answer. Is the connection up?" });
  }
}

/** The path with those parameters that have a value. */
export function withQuery(path, values) {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value != null);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/** May the person who looks do this? The API decides; this only keeps buttons away that it would refuse. */
export const may = (permission) => document.body.dataset.may.split(" ").includes(permission);
