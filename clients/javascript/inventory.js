// What the client does with shows, products, reservations and customers.

import { Calls } from "./calls.js";

export const UNDECIDED = ["queued", "delayed", "active"];
export const part = encodeURIComponent;

/** The first half of UsherClient. `_requests` and `_calls` are for the classes of this package. */
export class InventoryMethods {
  constructor(requests) {
    this._requests = requests;
    this._calls = new Calls(requests);
  }

  // Reservations

  reserveSeats(show, lines, options = {}) {
    const asked = Object.entries(lines).map(([pool, quantity]) => ({ pool, quantity }));
    return this._calls.reserve(`/v1/shows/${part(show)}/reservations`, { lines: asked }, `show:${show}`, asked, options);
  }

  reserveStock(product, quantity = 1, options = {}) {
    const asked = [{ pool: "stock", quantity }];
    return this._calls.reserve(`/v1/products/${part(product)}/reservations`, { quantity }, `product:${product}`, asked, options);
  }

  reserveTogether(lines, options = {}) {
    const asked = lines.map(({ show, product, pool = "stock", quantity = 1 }) => (
      { target: show === undefined ? `product:${product}` : `show:${show}`, pool, quantity }));
    return this._calls.reserve("/v1/reservations", { lines }, asked[0]?.target ?? "", asked, options);
  }

  getReservation(id, options) {
    return this._calls.get(`/v1/reservations/${part(id)}`, options);
  }

  listReservations(options) {
    return this._calls.pages("/v1/reservations", "reservations", options);
  }

  waitForReservation(id, options) {
    return this._calls.until(() => this.getReservation(id, options), (found) => !UNDECIDED.includes(found.state), options);
  }

  confirmReservation(id, options) {
    return this._calls.change("POST", `/v1/reservations/${part(id)}/confirm`, {}, options);
  }

  extendReservation(id, seconds, options) {
    return this._calls.change("POST", `/v1/reservations/${part(id)}/extend`, { seconds }, options);
  }

  reduceReservation(id, lines, options) {
    const asked = Object.entries(lines).map(([pool, quantity]) => ({ pool, quantity }));
    return this._calls.change("POST", `/v1/reservations/${part(id)}/reduce`, { lines: asked }, options);
  }

  releaseReservation(id, options) {
    return this._calls.change("DELETE", `/v1/reservations/${part(id)}`, undefined, options);
  }

  // Shows and products

  createShow(name, pools, options) {
    return this._calls.change("POST", "/v1/shows", { name, pools }, options);
  }

  createProduct(name, quantity, options) {
    return this._calls.change("POST", "/v1/products", { name, quantity }, options);
  }

  getShow(id, options) {
    return this._calls.get(`/v1/shows/${part(id)}`, options);
  }

  getProduct(id, options) {
    return this._calls.get(`/v1/products/${part(id)}`, options);
  }

  async listShows({ archived, signal } = {}) {
    return (await this._calls.get("/v1/shows", { signal, query: { archived } })).shows;
  }

  async listProducts({ archived, signal } = {}) {
    return (await this._calls.get("/v1/products", { signal, query: { archived } })).products;
  }

  editShow(id, changes, options) {
    return this._calls.change("PATCH", `/v1/shows/${part(id)}`, changes, options);
  }

  editProduct(id, changes, options) {
    return this._calls.change("PATCH", `/v1/products/${part(id)}`, changes, options);
  }

  cancelShow(id, options) {
    return this._calls.change("POST", `/v1/shows/${part(id)}/cancel`, {}, options);
  }

  forgetCustomer(customer, options) {
    return this._calls.change("DELETE", `/v1/customers/${part(customer)}`, undefined, options);
  }

  async deleteShow(id, options) {
    await this._calls.change("DELETE", `/v1/shows/${part(id)}`, undefined, options);
  }

  async deleteProduct(id, options) {
    await this._calls.change("DELETE", `/v1/products/${part(id)}`, undefined, options);
  }

  restockProduct(id, quantity, options) {
    return this._calls.change("POST", `/v1/products/${part(id)}/restock`, { quantity }, options);
  }

  setShowStatus(id, status, options) {
    return this._calls.change("PUT", `/v1/shows/${part(id)}/status`, { status }, options);
  }

  setProductStatus(id, status, options) {
    return this._calls.change("PUT", `/v1/products/${part(id)}/status`, { status }, options);
  }

  pauseShow(id, options) {
    return this._calls.pause(`/v1/shows/${part(id)}/pause`, options);
  }

  resumeShow(id, options) {
    return this._calls.repeatable(`/v1/shows/${part(id)}/resume`, options);
  }

  pauseProduct(id, options) {
    return this._calls.pause(`/v1/products/${part(id)}/pause`, options);
  }

  resumeProduct(id, options) {
    return this._calls.repeatable(`/v1/products/${part(id)}/resume`, options);
  }
}
