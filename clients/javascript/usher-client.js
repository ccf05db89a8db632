// A client of Usher for browsers and Node. What it sends is safe to repeat; docs/clients.md has examples.

import { AccessMethods } from "./access.js";
import { parts } from "./calls.js";
import { watch } from "./events.js";
import { UNDECIDED, part } from "./inventory.js";
import { Requests, UsherError, judged, newKey } from "./requests.js";

export { UsherError };

const PAGE = 500; // jobs of a batch, the most that the server gives at once
const ON_THE_WAY = ["queued", "delayed", "active", "sending"];

/** Names in camel case are this client's own; all others are those of the API. */
export class UsherClient extends AccessMethods {
  constructor(baseUrl = globalThis.location?.origin, options = {}) {
    super(new Requests(baseUrl, options));
  }

  // Notifications

  notify(to, message, options) {
    return this._calls.submit("/v1/notifications", { to, message }, options);
  }

  notifyMany(notifications, options) {
    return this._calls.submitMany("/v1/notifications", notifications, options);
  }

  notifyTemplate(message, recipients, { title, ...options } = {}) {
    return this._calls.submitMany("/v1/notifications", { template: { message, title }, recipients }, options);
  }

  async notifyLines(notifications, { idempotencyKey = newKey(), signal } = {}) {
    const texts = [];
    for await (const one of notifications) texts.push(`${JSON.stringify(one)}\n`);
    const lines = new Blob(texts, { type: "application/x-ndjson" });
    return this._requests.askJson({ method: "POST", path: "/v1/notifications", lines, idempotencyKey, signal });
  }

  getNotification(id, options) {
    return this._calls.get(`/v1/notifications/${part(id)}`, options);
  }

  listNotifications(options) {
    return this._calls.pages("/v1/notifications", "notifications", options);
  }

  resendNotification(id, options) {
    return this._calls.submit(`/v1/notifications/${part(id)}/resend`, {}, options);
  }

  /** Whether every notification goes to the console instead of to its provider. */
  getSandbox(options) {
    return this._calls.get("/v1/sandbox", options);
  }

  /** Switches that on, with a `reason`, or off; resolves to how it is then. */
  setSandbox(on, { reason, signal } = {}) {
    return this._requests.askJson({ method: "PUT", path: "/v1/sandbox", body: { on, reason }, signal });
  }

  waitForNotification(id, options) {
    return this._calls.until(() => this.getNotification(id, options), (found) => !ON_THE_WAY.includes(found.state), options);
  }

  // Jobs

  submitJob(type, data = {}, options = {}) {
    return this._calls.submit("/v1/jobs", { type, data }, options);
  }

  submitJobs(jobs, options) {
    return this._calls.submitMany("/v1/jobs", jobs, options);
  }

  async submitJobsInParts(jobs, { idempotencyKey = newKey(), signal } = {}) {
    const found = [];
    for await (const few of parts(jobs)) {
      found.push(await this.submitJobs(few, { idempotencyKey: `${idempotencyKey}.${found.length}`, signal }));
    }
    return found;
  }

  getJob(id, options) {
    return this._calls.get(`/v1/jobs/${part(id)}`, options);
  }

  waitForJob(id, options) {
    return this._calls.until(() => this.getJob(id, options), (found) => !UNDECIDED.includes(found.state), options);
  }

  async getJobLog(id, options) {
    return (await this._calls.get(`/v1/jobs/${part(id)}/log`, options)).lines;
  }

  listJobs(options) {
    return this._calls.pages("/v1/jobs", "jobs", options);
  }

  async cancelJob(id, { signal } = {}) {
    const answer = await this._requests.ask({ method: "DELETE", path: `/v1/jobs/${part(id)}`, repeatable: true, signal });
    if (answer.status === 409 && answer.attempts > 1) { // an attempt whose answer was lost may have done it
      const found = await this.getJob(id, { signal });
      if (found.state === "cancelled") return found;
    }
    return judged(answer).body;
  }

  editJob(id, changes, { signal } = {}) {
    return this._requests.askJson({ method: "PATCH", path: `/v1/jobs/${part(id)}`, body: changes, repeatable: true, signal });
  }

  runJobNow(id, options) {
    return this._calls.repeatable(`/v1/jobs/${part(id)}/run-now`, options);
  }

  /** Sent once: when the connection breaks, nobody knows whether it was heard. */
  replayJob(id, { signal, ...changes } = {}) {
    return this._requests.askJson({ method: "POST", path: `/v1/jobs/${part(id)}/replay`, body: changes, signal });
  }

  /** Sent once, as `replayJob`. */
  async forgetJob(id, { signal } = {}) {
    await this._requests.askJson({ method: "POST", path: `/v1/jobs/${part(id)}/forget`, signal });
  }

  // Batches, types, numbers

  getBatch(id, options) {
    return this._calls.get(`/v1/batches/${part(id)}`, options);
  }

  listBatches(options) {
    return this._calls.pages("/v1/batches", "batches", options);
  }

  waitForBatch(id, options) {
    return this._calls.until(() => this.getBatch(id, options), (found) => found.finished, options);
  }

  async *listBatchJobs(id, { state, outcome, signal } = {}) {
    for (let start = 0; start !== null; ) {
      const query = { start, limit: PAGE, state, outcome };
      const page = await this._calls.get(`/v1/batches/${part(id)}/jobs`, { signal, query });
      yield* page.jobs;
      start = page.next;
    }
  }

  /** Sent once, as `replayJob`. */
  replayFailedJobs(id, { signal } = {}) {
    return this._requests.askJson({ method: "POST", path: `/v1/batches/${part(id)}/replay-failed`, signal });
  }

  cancelBatch(id, options) {
    return this._calls.repeatable(`/v1/batches/${part(id)}/cancel`, options);
  }

  pauseBatch(id, options) {
    return this._calls.pause(`/v1/batches/${part(id)}/pause`, options);
  }

  resumeBatch(id, options) {
    return this._calls.repeatable(`/v1/batches/${part(id)}/resume`, options);
  }

  pauseType(type, options) {
    return this._calls.pause(`/v1/types/${part(type)}/pause`, options);
  }

  /** With a `key` only its jobs, as `pauseType`. */
  resumeType(type, { key, signal } = {}) {
    return this._requests.askJson({ method: "POST", path: `/v1/types/${part(type)}/resume`, body: { key }, repeatable: true, signal });
  }

  pauseQueue(queue, options) {
    return this._calls.pause(`/v1/queues/${part(queue)}/pause`, options);
  }

  resumeQueue(queue, options) {
    return this._calls.repeatable(`/v1/queues/${part(queue)}/resume`, options);
  }

  pauseChannel(channel, options) {
    return this._calls.pause(`/v1/channels/${part(channel)}/pause`, options);
  }

  resumeChannel(channel, options) {
    return this._calls.repeatable(`/v1/channels/${part(channel)}/resume`, options);
  }

  async listTypes(options) {
    return (await this._calls.get("/v1/types", options)).types;
  }

  getType(type, options) {
    return this._calls.get(`/v1/types/${part(type)}`, options);
  }

  async listFailures(span = "hour", { type, limit, signal } = {}) {
    return (await this._calls.get("/v1/failures", { signal, query: { span, type, limit } })).groups;
  }

  async listWorkers(options) {
    return (await this._calls.get("/v1/workers", options)).workers;
  }

  quietWorker(worker, options) {
    return this._calls.pause(`/v1/workers/${part(worker)}/quiet`, options);
  }

  resumeWorker(worker, options) {
    return this._calls.repeatable(`/v1/workers/${part(worker)}/resume`, options);
  }

  stopWorker(worker, options) {
    return this._calls.pause(`/v1/workers/${part(worker)}/stop`, options);
  }

  async listDeadMessages({ signal } = {}) {
    return (await this._calls.get("/v1/dead-messages", { signal, query: { limit: 1000 } })).messages;
  }

  /** Sent once, as `replayJob`. */
  async deleteDeadMessage(id, { signal } = {}) {
    await this._requests.askJson({ method: "DELETE", path: `/v1/dead-messages/${part(id)}`, signal });
  }

  getStats(options) {
    return this._calls.get("/v1/stats", options);
  }

  getFindings(options) {
    return this._calls.get("/v1/findings", options);
  }

  getHistory(span = "hour", { type, queue, signal } = {}) {
    return this.request("GET", "/v1/history", { query: { span, type, queue }, signal });
  }

  // Everything else

  watch(topic, options) {
    return watch(this._requests, topic, options);
  }

  request(method, path, { body, query, idempotencyKey, signal } = {}) {
    return this._requests.askJson({ method, path, body, query, idempotencyKey, signal });
  }
}
