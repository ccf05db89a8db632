// The ledger and the audit of a show or product, readable: each change a sentence, newest at the end, and whether it adds up.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, withQuery } from "./ask.js";
import { atMs, isAboutReservation, sentence } from "./ledger_words.js";
import { count, moment, number, noticeOf } from "./words.js";

const PAGE = 100;

/** Reads a ledger page by page. `changed` is called when there is something to draw. */
export class Ledger {
  constructor(path, changed) {
    Object.assign(this, { path, changed, entries: [], after: "", isAtEnd: false, isLoading: false, problem: null });
  }

  async load() {
    if (this.isLoading) return;
    this.isLoading = true;
    try {
      const found = await ask(withQuery(`${this.path}/ledger`, { after: this.after, limit: PAGE }));
      this.entries = [...this.entries, ...found.entries];
      this.after = found.after || "";
      this.isAtEnd = found.entries.length < PAGE;
      this.problem = null;
    } catch (error) {
      this.problem = error;
    }
    this.isLoading = false;
    this.changed();
  }

  /** After something happened: at the end of the list, what is new joins it. */
  more() {
    if (this.isAtEnd) this.load();
  }

  draw() {
    const row = (entry) => html`<tr>
      <td class="number">${number(entry.version)}</td><td>${moment(atMs(entry))}</td><td class="wide">${sentence(entry)}</td>
      <td class="wide">${isAboutReservation(entry) ? html`<a class="id" href="/reservations/${entry.about}">${entry.about}</a>` : nothing}</td></tr>`;
    return html`<p class="note">Every change, oldest first; no number is missing, and none is ever changed.</p>
      ${noticeOf(this.problem)}
      <div class="scroll"><table class="rows"><caption class="away">Changes, oldest first</caption>
        <thead><tr><th class="number">No.</th><th>When</th><th>What</th><th>Reservation</th></tr></thead>
        <tbody>${repeat(this.entries, (entry) => entry.id, row)}</tbody></table></div>
      <p class="fresh">${this.isAtEnd ? nothing : html`<button class="quiet" type="button" ?disabled=${this.isLoading}
        @click=${() => this.load()}>Show more</button>`}</p>`;
  }
}

/** Counts everything again, and says whether it is true. */
export class Audit {
  constructor(path, changed) {
    Object.assign(this, { path, changed, found: null, isLoading: false, problem: null });
  }

  async load() {
    this.isLoading = true;
    this.changed();
    try {
      this.found = await ask(`${this.path}/audit`);
      this.problem = null;
    } catch (error) {
      this.problem = error;
    }
    this.isLoading = false;
    this.changed();
  }

  draw() {
    const { found } = this;
    return html`<p class="note">Counts the numbers, the reservations and the ledger against each other. It reads the whole ledger.</p>
      ${noticeOf(this.problem)}
      ${found ? html`<div class=${found.ok ? "notice good" : "notice error"} role="status"><p><b>${found.ok ? "Everything adds up." : "Something is not true."}</b> ${
        count(found.entries, "change was read", "changes were read")}: ${
        Object.entries(found.holds).map(([state, reservations]) => `${number(reservations)} ${state}`).join(", ") || "no reservation"}, ${
        count(found.customers, "customer has units", "customers have units")}.</p></div>
        ${found.differences.length ? html`<ul>${found.differences.map((one) => html`<li>${one}</li>`)}</ul>` : nothing}` : nothing}
      <p><button class="quiet" type="button" ?disabled=${this.isLoading} @click=${() => this.load()}>${
        this.isLoading ? "Counting…" : found ? "Count again" : "Count everything again"}</button></p>`;
  }
}
