// A list of reservations, newest first, without an end: of a show or product, or of a customer. New ones wait behind a button.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, withQuery } from "./ask.js";
import { customerPage, linesInWords, pageOf } from "./levels.js";
import { Listing } from "./listing.js";
import { ago, count, plain, state, noticeOf } from "./words.js";

const PAGE = 50;
const STATES = ["", "held", "confirmed", "released", "expired"];
const SCREEN = 20; // rows that are looked at again at a time

export class ReservationList extends Listing {
  /** `wanted`: fixed words of the query, {show} or {customer}. `changed` is called when there is something to draw. */
  constructor(path, wanted, changed) {
    const asked = Object.fromEntries(["state", "by"].map((name) => [name, new URLSearchParams(location.search).get(name) || ""]));
    const isOfCustomer = "customer" in wanted;
    const query = { ...(isOfCustomer ? {} : { customer: asked.by, ...wanted }), state: asked.state };
    const read = async (cursor) => {
      const found = await ask(withQuery(path, { ...query, limit: PAGE, cursor }));
      return { rows: found.reservations, cursor: found.cursor };
    };
    super(read, changed);
    Object.assign(this, { asked, isOfCustomer, fresh: new Set(), stale: new Set(), timer: 0 });
  }

  /** What an event of a ledger says: rows that are shown are looked at again, others are counted. */
  take({ event, about }) {
    if (this.rows.some((one) => one.id === about)) this.stale.add(about);
    else if (event === "held" || event === "sold") this.fresh.add(about);
    if (this.stale.size) this.timer ||= setTimeout(() => this.refreshStale(), 300);
  }

  /** After a gap in what was told: everything on the first page may differ. */
  takeReset() {
    this.rows.slice(0, PAGE).forEach((one) => this.stale.add(one.id));
    if (this.stale.size) this.timer ||= setTimeout(() => this.refreshStale(), 300);
    this.showFresh(false);
  }

  async refreshStale() {
    const some = [...this.stale].slice(0, SCREEN);
    some.forEach((id) => this.stale.delete(id));
    const found = await Promise.all(some.map((id) => ask(`/v1/reservations/${id}`).catch(() => null)));
    this.renew(found.filter(Boolean));
    this.timer = this.stale.size ? setTimeout(() => this.refreshStale(), 300) : 0;
    this.changed();
  }

  /** The first page once more, above what is shown; or in its place, if more than a page came meanwhile. */
  async showFresh(isAsked = true) {
    try {
      const { rows, cursor } = await this.read("");
      const news = this.unknown(rows);
      if (this.rows.length && rows.length && news.length === rows.length) Object.assign(this, { rows, cursor });
      else {
        this.renew(rows);
        this.rows = [...news, ...this.rows];
      }
      this.fresh.clear();
    } catch (error) {
      this.problem = error;
    }
    this.changed();
    if (isAsked) document.querySelector(".tabs.states")?.scrollIntoView({ block: "nearest" });
  }

  apply(event) {
    event.preventDefault();
    location.assign(withQuery(location.pathname, { ...this.asked, by: new FormData(event.target).get("by").trim() }));
  }

  row(one) {
    return html`<tr data-row=${one.id}>
      <td class="wide"><a href="/reservations/${one.id}">${linesInWords(one.lines)}</a><br><span class="note"><span class="id">${one.id}</span></span></td>
      <td class="wide">${this.isOfCustomer ? html`<a href=${pageOf(one.target)}>${one.target}</a>` : one.customer
        ? html`<a href=${customerPage(one.customer)}>${plain(one.customer)}</a>` : html`<span class="soft">nobody named</span>`}</td>
      <td>${state(one.state)}</td>
      <td class="number">${one.state === "held" ? html`ends ${ago(one.expires_ms)}` : nothing}</td>
      <td class="number">${ago(one.created_ms)}</td></tr>`;
  }

  empty() {
    if (this.asked.state || this.asked.by) return html`<p class="empty">No reservation fits. <a href=${location.pathname}>Show all</a></p>`;
    return html`<p class="empty">Nobody has reserved yet.</p>`;
  }

  draw() {
    const tab = (name) => html`<li><a href=${withQuery(location.pathname, { ...this.asked, state: name })}
      aria-current=${this.asked.state === name ? "page" : nothing}>${name ? name[0].toUpperCase() + name.slice(1) : "All"}</a></li>`;
    this.watchEnd();
    return html`<ul class="tabs states" aria-label="State">${STATES.map(tab)}</ul>
      ${this.isOfCustomer ? nothing : html`<form class="filters" @submit=${(event) => this.apply(event)}>
        <span class="wide"><label for="by">Customer</label><input id="by" name="by" .value=${this.asked.by} maxlength="200"></span>
        <button class="quiet" type="submit">Filter</button></form>`}
      <p class="fresh">${this.fresh.size ? html`<button class="quiet" type="button" @click=${() => this.showFresh()}>Show ${
        count(this.fresh.size, "new reservation")}</button>` : nothing}</p>
      ${noticeOf(this.problem)}
      ${this.rows.length ? html`<div class="scroll"><table class="rows"><caption class="away">Reservations, the newest first</caption>
        <thead><tr><th>Reservation</th><th>${this.isOfCustomer ? "Of" : "Customer"}</th><th>State</th><th class="number">Deadline</th><th class="number">Made</th></tr></thead>
        <tbody>${repeat(this.rows, (one) => one.id, (one) => this.row(one))}</tbody></table></div>`
        : this.isEmpty ? this.empty() : nothing}
      <p class="note" id="end-of-list">${this.isLoading ? "Loading…" : this.isWhole
        ? `${count(this.rows.length, "reservation")}. There are no more.` : nothing}</p>`;
  }
}
