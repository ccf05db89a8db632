// The ways in which the client's methods ask: read, change, submit, wait.

import { UsherError, judged, newKey, pause } from "./requests.js";

const WAIT_SECONDS = 10; // for an outcome, unless the caller says otherwise
const PAGE = 500; // things of a list, the most that the server gives at once
const PART_JOBS = 1000; // of one request; a whole batch may be longer
const PART_BYTES = 1_048_576;

/** What several methods of the client do alike, over these `requests`. Every option `signal` ends a call early. */
export class Calls {
  constructor(requests) {
    this.requests = requests;
  }

  /** Resolves to the reservation, held or refused; throws UsherError for whatever is no outcome. */
  async reserve(path, fields, target, lines, options) {
    const { waitSeconds = WAIT_SECONDS, idempotencyKey = newKey(), signal, ...more } = options;
    const request = { method: "POST", path, body: { ...fields, ...more }, idempotencyKey, signal };
    const answer = await this.requests.outcome(request, waitSeconds);
    const known = { target, lines, customer: more.customer ?? null, metadata: more.metadata ?? {}, refusal: {} };
    const { body } = answer;
    if (answer.status === 409 && body?.refusal) {
      return { ...known, id: body.reservation, state: "refused", refusal: body.refusal, detail: body.detail ?? "" };
    }
    return { ...known, ...judged(answer, idempotencyKey).body };
  }

  get(path, { query, signal } = {}) {
    return this.requests.askJson({ method: "GET", path, query, signal });
  }

  /** What a list has, asked for page by page; `metadata` is key -> value. */
  async *pages(path, member, { signal, metadata = {}, ...wanted } = {}) {
    const byMetadata = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`metadata.${key}`, value]));
    for (let cursor; cursor !== null; ) {
      const page = await this.get(path, { signal, query: { ...wanted, ...byMetadata, cursor, limit: PAGE } });
      yield* page[member];
      cursor = page.cursor;
    }
  }

  /** A POST that is safe to repeat without a key. */
  repeatable(path, { signal } = {}) {
    return this.requests.askJson({ method: "POST", path, repeatable: true, signal });
  }

  /** Pauses what the path names; safe to repeat. */
  pause(path, { signal, key, reason, until, for_seconds } = {}) {
    return this.requests.askJson({ method: "POST", path, body: { key, reason, until, for_seconds }, repeatable: true, signal });
  }

  /** One job or notification; resolves to what is known of it after `waitSeconds`. */
  async submit(path, fields, { waitSeconds = 0, idempotencyKey = newKey(), signal, ...more } = {}) {
    const request = { method: "POST", path, body: { ...fields, ...more }, idempotencyKey, signal };
    const answer = await this.requests.outcome(request, waitSeconds);
    return { ...fields, ...judged(answer, idempotencyKey).body };
  }

  submitMany(path, body, { idempotencyKey = newKey(), signal } = {}) {
    return this.requests.askJson({ method: "POST", path, body, idempotencyKey, signal });
  }

  /** A change that the caller waits for; throws UsherError `pending` if it is not done in time. */
  async change(method, path, fields, options = {}) {
    const { waitSeconds = WAIT_SECONDS, idempotencyKey = newKey(), signal, ...more } = options;
    const body = fields === undefined ? undefined : { ...fields, ...more };
    const answer = await this.requests.outcome({ method, path, body, idempotencyKey, signal }, waitSeconds);
    if (answer.status === 202) {
      const detail = `Not done within ${waitSeconds} s; it waits in line.`;
      throw new UsherError("pending", { status: 202, detail, problem: answer.body, idempotencyKey });
    }
    return judged(answer, idempotencyKey).body;
  }

  /** What `read` finds once `isOver` says so, or when the time is over. */
  async until(read, isOver, { waitSeconds = WAIT_SECONDS, signal } = {}) {
    const deadline = performance.now() + waitSeconds * 1000;
    for (let between = 0.1; ; between = Math.min(between * 2, 2)) {
      const found = await read();
      const left = (deadline - performance.now()) / 1000;
      if (isOver(found) || left <= 0) return found;
      await pause(Math.min(between, left), signal);
    }
  }
}

/** The same jobs in arrays that one request may carry. */
export async function* parts(jobs) {
  let few = [];
  let size = 0;
  for await (const job of jobs) {
    const { length } = JSON.stringify(job);
    if (few.length && (few.length === PART_JOBS || size + length > PART_BYTES)) {
      yield few;
      few = [];
      size = 0;
    }
    few.push(job);
    size += length;
  }
  if (few.length) yield few;
}
