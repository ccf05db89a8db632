// Sends requests, and repeats those that are safe to repeat when the connection breaks or the server is away.

const AGAIN = new Set([429, 502, 503, 504]); // nobody did it now; who asks again may be luckier
const SLOWEST_BYTES = 65_536; // a second more for so many bytes that are sent
const LEG_SECONDS = 20; // of one request that waits: proxies give up requests that take long

export const PATIENCE = {
  attempts: 10,
  seconds: 30,
  firstPauseSeconds: 0.2,
  longestPauseSeconds: 5,
  reconnectSeconds: 300,
};

/** A request did not do what it asked for. */
export class UsherError extends Error {
  constructor(code, { status = 0, detail = "", problem = {}, idempotencyKey, cause } = {}) {
    super(detail ? `${code}: ${detail}` : code, { cause });
    this.name = "UsherError";
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.problem = problem;
    this.errors = problem.errors ?? [];
    this.idempotencyKey = idempotencyKey;
  }
}

/** An Idempotency-Key that nobody else has; `crypto.randomUUID` is missing on pages that came by plain http. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(18)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Wait so long, s; ends early, with the signal's reason, when it is aborted. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => (clearTimeout(timer), reject(signal.reason));
    const timer = setTimeout(() => (signal?.removeEventListener("abort", abort), resolve()), seconds * 1000);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** A signal that is aborted with the caller's, or after so many seconds unless `hear` was called again meanwhile. */
export function patience(seconds, signal) {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  const silent = () => controller.abort(new Error(`nothing came for ${seconds} s`));
  let timer = setTimeout(silent, seconds * 1000);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    hear() {
      clearTimeout(timer);
      timer = setTimeout(silent, seconds * 1000);
    },
    end() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    },
  };
}

const now = () => performance.now() / 1000;

/** What `Retry-After` says (RFC 9110): seconds or a date; 0 if it says nothing. */
export function retryAfterSeconds(text) {
  if (!text) return 0;
  const seconds = Number(text);
  if (!Number.isNaN(seconds)) return Math.max(0, seconds);
  const due = Date.parse(text);
  return Number.isNaN(due) ? 0 : Math.max(0, (due - Date.now()) / 1000);
}

export class Requests {
  constructor(baseUrl, { apiKey, timeoutSeconds = 10, patience: given = {}, fetch: send } = {}) {
    if (!baseUrl) throw new TypeError("A base URL is needed where there is no page that came from the server.");
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.timeoutSeconds = timeoutSeconds;
    this.patience = { ...PATIENCE, ...given };
    this.fetch = send ?? ((...all) => fetch(...all));
    this.own = apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
    new Request(this.baseUrl, { headers: this.own }); // throws for what fetch would take for a broken connection later
  }

  /** Send it, and again while it helps. Returns {status, body, attempts}; throws UsherError when there is no answer. */
  async ask(request) {
    const { method, lines, idempotencyKey, preferSeconds = 0, signal } = request;
    const mayRepeat = request.repeatable || idempotencyKey !== undefined || method === "GET" || method === "PUT";
    const options = this.#options(request);
    const seconds = this.timeoutSeconds + preferSeconds + (lines ? lines.size / SLOWEST_BYTES : 0);
    return this.repeatedly({ mayRepeat, signal, idempotencyKey }, async () => {
      const wait = patience(seconds, signal);
      try {
        const response = await this.fetch(this.url(request), { ...options, signal: wait.signal });
        return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
      } finally {
        wait.end();
      }
    });
  }

  /** As `ask`; returns the body, and throws UsherError for a problem. */
  async askJson(request) {
    return judged(await this.ask(request), request.idempotencyKey).body;
  }

  /** Send it again with its key as long as it is not done (202) and the time is not over. */
  async outcome(request, waitSeconds) {
    const deadline = now() + waitSeconds;
    const left = () => Math.max(0, deadline - now());
    for (let between = 0.1; ; ) {
      const began = now();
      const answer = await this.ask({ ...request, preferSeconds: Math.ceil(Math.min(left(), LEG_SECONDS)) });
      if (answer.status !== 202 || left() <= 0) return answer;
      if (now() - began < 1) { // the server does not wait: it is about to stop, say
        await pause(Math.min(between, left()), request.signal);
        between = Math.min(between * 2, 2);
      }
    }
  }

  /** Do `attempt`, and again after pauses that grow and differ, while it throws or is answered with 429, 502, 503, 504. */
  async repeatedly({ mayRepeat, signal, idempotencyKey, streams = false }, attempt) {
    const { attempts, seconds, firstPauseSeconds, longestPauseSeconds, reconnectSeconds } = this.patience;
    const deadline = now() + (streams ? reconnectSeconds : seconds);
    let longest = firstPauseSeconds;
    for (let made = 1; ; made += 1) {
      let answer, lost;
      try {
        answer = await attempt();
        if (!AGAIN.has(answer.status)) return { ...answer, attempts: made };
      } catch (error) {
        signal?.throwIfAborted();
        lost = error;
      }
      const next = retryAfterSeconds(answer?.headers.get("Retry-After")) + Math.random() * longest;
      longest = Math.min(longest * 2, longestPauseSeconds);
      if (!mayRepeat || (!streams && made >= attempts) || now() + next > deadline) {
        if (answer) return { ...answer, attempts: made };
        throw new UsherError("connection_lost", { detail: String(lost), idempotencyKey, cause: lost });
      }
      await pause(next, signal);
    }
  }

  url({ path, query = {} }) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    return this.baseUrl + path + (given.length ? `?${new URLSearchParams(given)}` : "");
  }

  #options({ method, body, lines, idempotencyKey, preferSeconds }) {
    const headers = { ...this.own, Accept: "application/json" };
    if (lines !== undefined) headers["Content-Type"] = "application/x-ndjson";
    else if (body !== undefined) headers["Content-Type"] = "application/json";
    if (idempotencyKey !== undefined) headers["Idempotency-Key"] = idempotencyKey;
    if (preferSeconds !== undefined) headers.Prefer = `wait=${preferSeconds}`;
    return { method, headers, body: lines ?? (body === undefined ? undefined : JSON.stringify(body)) };
  }
}

/** The same answer; throws UsherError if it is a problem, or none of Usher's. */
export function judged(answer, idempotencyKey) {
  const { status, body } = answer;
  if (status < 300 && (body !== undefined || status === 204)) return answer;
  const problem = body && typeof body === "object" && "code" in body ? body : {};
  const detail = problem.detail || problem.title || "";
  throw new UsherError(problem.code ?? `http_${status}`, { status, detail, problem, idempotencyKey });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
