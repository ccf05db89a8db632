// A client of Usher for browsers and Node. What it sends is safe to repeat; docs/clients.md has examples.

import { Calls, parts } from "./calls.js";
import { watch } from "./events.js";
import { Requests, UsherError, judged, newKey } from "./requests.js";

export { UsherError };

const PAGE = 500; // jobs of a batch, the most that the server gives at once
const UNDECIDED = ["queued", "delayed", "active"];
const ON_THE_WAY = ["queued", "delayed", "active", "sending"];
const part = encodeURIComponent;

/** Names in camel case are this client's own; all others are those of the API. */
export class UsherClient {
  #requests;
  #calls;

  constructor(baseUrl = globalThis.location?.origin, options = {}) {
    this.#requests = new Requests(baseUrl, options);
    this.#calls = new Calls(this.#requests);
  }

  // Reservations

  reserveSeats(show, lines, options = {}) {
    const asked = Object.entries(lines).map(([pool, quantity]) => ({ pool, quantity }));
    return this.#calls.reserve(`/v1/shows/${part(show)}/reservations`, { lines: asked }, `show:${show}`, asked, options);
  }

  reserveStock(product, quantity = 1, options = {}) {
    const asked = [{ pool: "stock", quantity }];
    return this.#calls.reserve(`/v1/products/${part(product)}/reservations`, { quantity }, `product:${product}`, asked, options);
  }

  reserveTogether(lines, options = {}) {
    const asked = lines.map(({ show, product, pool = "stock", quantity = 1 }) => (
      { target: show === undefined ? `product:${product}` : `show:${show}`, pool, quantity }));
    return this.#calls.reserve("/v1/reservations", { lines }, asked[0]?.target ?? "", asked, options);
  }

  getReservation(id, options) {
    return this.#calls.get(`/v1/reservations/${part(id)}`, options);
  }

  listReservations(options) {
    return this.#calls.pages("/v1/reservations", "reservations", options);
  }

  waitForReservation(id, options) {
    return this.#calls.until(() => this.getReservation(id, options), (found) => !UNDECIDED.includes(found.state), options);
  }

  confirmReservation(id, options) {
    return this.#calls.change("POST", `/v1/reservations/${part(id)}/confirm`, {}, options);
  }

  extendReservation(id, seconds, options) {
    return this.#calls.change("POST", `/v1/reservations/${part(id)}/extend`, { seconds }, options);
  }

  reduceReservation(id, lines, options) {
    const asked = Object.entries(lines).map(([pool, quantity]) => ({ pool, quantity }));
    return this.#calls.change("POST", `/v1/reservations/${part(id)}/reduce`, { lines: asked }, options);
  }

  releaseReservation(id, options) {
    return this.#calls.change("DELETE", `/v1/reservations/${part(id)}`, undefined, options);
  }

  // Shows and products

  createShow(name, pools, options) {
    return this.#calls.change("POST", "/v1/shows", { name, pools }, options);
  }

  createProduct(name, quantity, options) {
    return this.#calls.change("POST", "/v1/products", { name, quantity }, options);
  }

  getShow(id, options) {
    return this.#calls.get(`/v1/shows/${part(id)}`, options);
  }

  getProduct(id, options) {
    return this.#calls.get(`/v1/products/${part(id)}`, options);
  }

  async listShows({ archived, signal } = {}) {
    return (await this.#calls.get("/v1/shows", { signal, query: { archived } })).shows;
  }

  async listProducts({ archived, signal } = {}) {
    return (await this.#calls.get("/v1/products", { signal, query: { archived } })).products;
  }

  editShow(id, changes, options) {
    return this.#calls.change("PATCH", `/v1/shows/${part(id)}`, changes, options);
  }

  editProduct(id, changes, options) {
    return this.#calls.change("PATCH", `/v1/products/${part(id)}`, changes, options);
  }

  cancelShow(id, options) {
    return this.#calls.change("POST", `/v1/shows/${part(id)}/cancel`, {}, options);
  }

  forgetCustomer(customer, options) {
    return this.#calls.change("DELETE", `/v1/customers/${part(customer)}`, undefined, options);
  }

  async deleteShow(id, options) {
    await this.#calls.change("DELETE", `/v1/shows/${part(id)}`, undefined, options);
  }

  async deleteProduct(id, options) {
    await this.#calls.change("DELETE", `/v1/products/${part(id)}`, undefined, options);
  }

  restockProduct(id, quantity, options) {
    return this.#calls.change("POST", `/v1/products/${part(id)}/restock`, { quantity }, options);
  }

  setShowStatus(id, status, options) {
    return this.#calls.change("PUT", `/v1/shows/${part(id)}/status`, { status }, options);
  }

  setProductStatus(id, status, options) {
    return this.#calls.change("PUT", `/v1/products/${part(id)}/status`, { status }, options);
  }

  pauseShow(id, options) {
    return this.#calls.pause(`/v1/shows/${part(id)}/pause`, options);
  }

  resumeShow(id, options) {
    return this.#calls.repeatable(`/v1/shows/${part(id)}/resume`, options);
  }

  pauseProduct(id, options) {
    return this.#calls.pause(`/v1/products/${part(id)}/pause`, options);
  }

  resumeProduct(id, options) {
    return this.#calls.repeatable(`/v1/products/${part(id)}/resume`, options);
  }

  // Notifications

  notify(to, message, options) {
    return this.#calls.submit("/v1/notifications", { to, message }, options);
  }

  notifyMany(notifications, options) {
    return this.#calls.submitMany("/v1/notifications", notifications, options);
  }

  notifyTemplate(message, recipients, { title, ...options } = {}) {
    return this.#calls.submitMany("/v1/notifications", { template: { message, title }, recipients }, options);
  }

  async notifyLines(notifications, { idempotencyKey = newKey(), signal } = {}) {
    const texts = [];
    for await (const one of notifications) texts.push(`${JSON.stringify(one)}\n`);
    const lines = new Blob(texts, { type: "application/x-ndjson" });
    return this.#requests.askJson({ method: "POST", path: "/v1/notifications", lines, idempotencyKey, signal });
  }

  getNotification(id, options) {
    return this.#calls.get(`/v1/notifications/${part(id)}`, options);
  }

  listNotifications(options) {
    return this.#calls.pages("/v1/notifications", "notifications", options);
  }

  resendNotification(id, options) {
    return this.#calls.submit(`/v1/notifications/${part(id)}/resend`, {}, options);
  }

  waitForNotification(id, options) {
    return this.#calls.until(() => this.getNotification(id, options), (found) => !ON_THE_WAY.includes(found.state), options);
  }

  // Jobs

  submitJob(type, data = {}, options = {}) {
    return this.#calls.submit("/v1/jobs", { type, data }, options);
  }

  submitJobs(jobs, options) {
    return this.#calls.submitMany("/v1/jobs", jobs, options);
  }

  async submitJobsInParts(jobs, { idempotencyKey = newKey(), signal } = {}) {
    const found = [];
    for await (const few of parts(jobs)) {
      found.push(await this.submitJobs(few, { idempotencyKey: `${idempotencyKey}.${found.length}`, signal }));
    }
    return found;
  }

  getJob(id, options) {
    return this.#calls.get(`/v1/jobs/${part(id)}`, options);
  }

  waitForJob(id, options) {
    return this.#calls.until(() => this.getJob(id, options), (found) => !UNDECIDED.includes(found.state), options);
  }

  async getJobLog(id, options) {
    return (await this.#calls.get(`/v1/jobs/${part(id)}/log`, options)).lines;
  }

  listJobs(options) {
    return this.#calls.pages("/v1/jobs", "jobs", options);
  }

  async cancelJob(id, { signal } = {}) {
    const answer = await this.#requests.ask({ method: "DELETE", path: `/v1/jobs/${part(id)}`, repeatable: true, signal });
    if (answer.status === 409 && answer.attempts > 1) { // an attempt whose answer was lost may have done it
      const found = await this.getJob(id, { signal });
      if (found.state === "cancelled") return found;
    }
    return judged(answer).body;
  }

  editJob(id, changes, { signal } = {}) {
    return this.#requests.askJson({ method: "PATCH", path: `/v1/jobs/${part(id)}`, body: changes, repeatable: true, signal });
  }

  runJobNow(id, options) {
    return this.#calls.repeatable(`/v1/jobs/${part(id)}/run-now`, options);
  }

  /** Sent once: when the connection breaks, nobody knows whether it was heard. */
  replayJob(id, { signal, ...changes } = {}) {
    return this.#requests.askJson({ method: "POST", path: `/v1/jobs/${part(id)}/replay`, body: changes, signal });
  }

  /** Sent once, as `replayJob`. */
  async forgetJob(id, { signal } = {}) {
    await this.#requests.askJson({ method: "POST", path: `/v1/jobs/${part(id)}/forget`, signal });
  }

  // Batches, types, numbers

  getBatch(id, options) {
    return this.#calls.get(`/v1/batches/${part(id)}`, options);
  }

  waitForBatch(id, options) {
    return this.#calls.until(() => this.getBatch(id, options), (found) => found.finished, options);
  }

  async *listBatchJobs(id, { state, outcome, signal } = {}) {
    for (let start = 0; start !== null; ) {
      const query = { start, limit: PAGE, state, outcome };
      const page = await this.#calls.get(`/v1/batches/${part(id)}/jobs`, { signal, query });
      yield* page.jobs;
      start = page.next;
    }
  }

  /** Sent once, as `replayJob`. */
  replayFailedJobs(id, { signal } = {}) {
    return this.#requests.askJson({ method: "POST", path: `/v1/batches/${part(id)}/replay-failed`, signal });
  }

  cancelBatch(id, options) {
    return this.#calls.repeatable(`/v1/batches/${part(id)}/cancel`, options);
  }

  pauseBatch(id, options) {
    return this.#calls.pause(`/v1/batches/${part(id)}/pause`, options);
  }

  resumeBatch(id, options) {
    return this.#calls.repeatable(`/v1/batches/${part(id)}/resume`, options);
  }

  pauseType(type, options) {
    return this.#calls.pause(`/v1/types/${part(type)}/pause`, options);
  }

  resumeType(type, options) {
    return this.#calls.repeatable(`/v1/types/${part(type)}/resume`, options);
  }

  async listTypes(options) {
    return (await this.#calls.get("/v1/types", options)).types;
  }

  getType(type, options) {
    return this.#calls.get(`/v1/types/${part(type)}`, options);
  }

  async listDeadMessages({ signal } = {}) {
    return (await this.#calls.get("/v1/dead-messages", { signal, query: { limit: 1000 } })).messages;
  }

  /** Sent once, as `replayJob`. */
  async deleteDeadMessage(id, { signal } = {}) {
    await this.#requests.askJson({ method: "DELETE", path: `/v1/dead-messages/${part(id)}`, signal });
  }

  getStats(options) {
    return this.#calls.get("/v1/stats", options);
  }

  getFindings(options) {
    return this.#calls.get("/v1/findings", options);
  }

  getHistory(span = "hour", { type, queue, signal } = {}) {
    return this.request("GET", "/v1/history", { query: { span, type, queue }, signal });
  }

  // Everything else

  watch(topic, options) {
    return watch(this.#requests, topic, options);
  }

  request(method, path, { body, query, idempotencyKey, signal } = {}) {
    return this.#requests.askJson({ method, path, body, query, idempotencyKey, signal });
  }
}
