// The jobs of a batch that are no notifications, page by page, in the order of the request.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, withQuery } from "./ask.js";
import { Listing } from "./listing.js";
import { ago, count, plain, state, noticeOf } from "./words.js";

const PAGE = 50;

export class JobRows extends Listing {
  /** `query`: {state} or {outcome}. `changed` is called when there is something to draw. */
  constructor(batch, query, changed) {
    const read = async (start) => {
      const found = await ask(withQuery(`/v1/batches/${batch}/jobs`, { ...query, start, limit: PAGE }));
      return { rows: found.jobs, cursor: found.next };
    };
    super(read, changed, { first: 0 });
  }

  /** Something happened to the batch: the first page is read again, if it is all that is shown. */
  async look() {
    if (this.isLoading || this.rows.length > PAGE) return;
    try {
      Object.assign(this, await this.read(0), { problem: null });
    } catch (error) {
      this.problem = error;
    }
    this.changed();
  }

  draw(empty) {
    this.watchEnd();
    const row = (one) => html`<tr data-row=${one.id}><td class="wide"><a href="/jobs/${one.id}">${plain(one.title || one.type)}</a><br><span class="note id">${one.id}</span></td>
      <td>${state(one.state)}</td><td class="wide">${plain(one.error?.message || one.snoozed || "")}</td><td class="number">${ago(one.finished_ms ?? one.created_ms)}</td></tr>`;
    return html`${noticeOf(this.problem)}
      ${this.rows.length ? html`<div class="scroll"><table class="rows"><caption class="away">Jobs</caption>
        <thead><tr><th>Job</th><th>State</th><th>Said</th><th class="number">When</th></tr></thead><tbody>${this.rows.map(row)}</tbody></table></div>`
        : this.isEmpty ? html`<p class="empty">${empty}</p>` : nothing}
      <p class="note" id="end-of-list">${this.isLoading ? "Loading…" : this.isWhole
        ? `${count(this.rows.length, "job")}. There are no more.` : nothing}</p>`;
  }
}
