// The jobs of a batch that are no notifications, page by page, in the order of the request.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, withQuery } from "./ask.js";
import { ago, count, plain, state } from "./words.js";

export class JobRows {
  /** `query`: {state} or {outcome}. `changed` is called when there is something to draw. */
  constructor(batch, query, changed) {
    Object.assign(this, { path: `/v1/batches/${batch}/jobs`, query, changed, rows: [], next: 0, isLoading: false, problem: null });
    this.ends = new IntersectionObserver((all) => all.some((one) => one.isIntersecting) && !this.problem && this.load(), { rootMargin: "600px" });
  }

  async load() {
    if (this.isLoading || this.next === null) return;
    this.isLoading = true;
    try {
      for (const had = this.rows.length; this.next !== null && this.rows.length - had < 25; ) {
        const found = await ask(withQuery(this.path, { ...this.query, start: this.next, limit: 50 }));
        this.rows = [...this.rows, ...found.jobs];
        this.next = found.next;
      }
      this.problem = null;
    } catch (error) {
      this.problem = error;
    }
    this.isLoading = false;
    this.changed();
  }

  /** Something happened to the batch: the first page is read again, if it is all that is shown. */
  async look() {
    if (this.isLoading || this.rows.length > 50) return;
    try {
      const found = await ask(withQuery(this.path, { ...this.query, start: 0, limit: 50 }));
      Object.assign(this, { rows: found.jobs, next: found.next, problem: null });
    } catch (error) {
      this.problem = error;
    }
    this.changed();
  }

  draw(empty) {
    setTimeout(() => {
      const end = document.getElementById("end-of-list");
      this.ends.disconnect();
      if (end) this.ends.observe(end);
    });
    const row = (one) => html`<tr data-row=${one.id}><td class="wide"><a href="/jobs/${one.id}">${plain(one.title || one.type)}</a><br><span class="note id">${one.id}</span></td>
      <td>${state(one.state)}</td><td class="wide">${plain(one.error?.message || one.snoozed || "")}</td><td class="number">${ago(one.finished_ms ?? one.created_ms)}</td></tr>`;
    return html`${this.problem ? html`<div class="notice error" role="alert"><p>${this.problem.message}</p></div>` : nothing}
      ${this.rows.length ? html`<div class="scroll"><table class="rows"><caption class="away">Jobs</caption>
        <thead><tr><th>Job</th><th>State</th><th>Said</th><th class="number">When</th></tr></thead><tbody>${this.rows.map(row)}</tbody></table></div>`
        : this.next === null && !this.problem ? html`<p class="empty">${empty}</p>` : nothing}
      <p class="note" id="end-of-list">${this.isLoading ? "Loading…" : this.next === null && this.rows.length
        ? `${count(this.rows.length, "job")}. There are no more.` : nothing}</p>`;
  }
}
