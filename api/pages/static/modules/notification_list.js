// A list of notifications: of a batch, of a recipient, or of all; each with why it was not sent. New ones wait behind a button.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, may, withQuery } from "./ask.js";
import { gathered } from "./bursts.js";
import { Listing } from "./listing.js";
import { attempt, inquire } from "./messages.js";
import { why } from "./reached.js";
import { ago, count, plain, state, noticeOf } from "./words.js";

const PAGE = 50;
const SCREEN = 20; // rows that are looked at again at a time
const LOOKS = 10; // pages of a search that a look for new ones goes through until one has any
const REST_MS = 3_000; // between two looks for new ones, which search
const OVER = ["sent", "in_doubt", "skipped", "sandboxed", "failed", "cancelled"];
const TYPE = "push_notification";

export const historyOf = (one) => withQuery("/notifications", { recipient: one.to, channel: one.channel });
export const maySend = (one) => may("resend") && OVER.includes(one.state);

/** Asks, and sends the same once more. Resolves to whether it was done. */
export async function resend(one) {
  const isSure = await inquire({
    title: "Send it once more?",
    words: html`The same message goes to ${plain(one.to)} again, over ${one.channel}.${
      one.suppression ? " The recipient is suppressed, so it will fail." : one.state === "sent" ? " It was sent before." : ""}`,
    act: "Send it again",
  });
  return Boolean(isSure) && attempt(() => ask(`/v1/notifications/${one.id}/resend`, { method: "POST" }), "It is sent again, as a new notification.");
}

export class NotificationList extends Listing {
  /** `query`: that of GET /v1/notifications. `changed` is called when there is something to draw. */
  constructor(query, changed) {
    const read = async (cursor) => {
      const found = await ask(withQuery("/v1/notifications", { ...query, limit: PAGE, cursor }));
      return { rows: found.notifications, cursor: found.cursor };
    };
    super(read, changed);
    Object.assign(this, { fresh: [], stale: new Set() });
    this.look = gathered(() => this.lookForNew(), REST_MS);
    this.refresh = gathered(() => this.refreshStale(), 300);
  }

  /** A digest of all jobs, or how they are after a gap. */
  take(told, kind) {
    const shown = new Map(this.rows.map((one) => [one.id, one]));
    if (kind !== "message") this.rows.slice(0, PAGE).forEach((one) => OVER.includes(one.state) || this.stale.add(one.id));
    else told.jobs.forEach((one) => shown.has(one.job) && this.stale.add(one.job));
    if (this.stale.size) this.refresh();
    if (kind !== "message" || told.left_off || told.jobs.some((one) => one.type === TYPE && !shown.has(one.job))) this.look();
  }

  async refreshStale() {
    const some = [...this.stale].slice(0, SCREEN);
    some.forEach((id) => this.stale.delete(id));
    const found = await Promise.all(some.map((id) => ask(`/v1/notifications/${id}`).catch(() => null)));
    this.renew(found.filter(Boolean));
    this.changed();
    if (this.stale.size) this.refresh();
  }

  async lookForNew() {
    try {
      let found = [], cursor = "";
      for (let left = LOOKS; left && cursor !== null && !found.length; left--) {
        ({ rows: found, cursor } = await this.read(cursor)); // a page may be empty before the end
      }
      this.fresh = this.unknown(found);
      if (!this.rows.length) this.showFresh();
      this.problem = null;
    } catch (error) {
      this.problem = error;
    }
    this.changed();
  }

  showFresh() {
    if (this.fresh.length >= PAGE) return location.reload(); // more than a page came: begin anew
    this.rows = [...this.fresh, ...this.rows];
    this.fresh = [];
    this.changed();
  }

  async act(one) {
    if (await resend(one)) this.look();
  }

  row(one) {
    return html`<tr data-row=${one.id}>
      <td class="wide"><a href=${historyOf(one)}>${plain(one.to)}</a><br><span class="note">${one.channel} · <a href="/jobs/${one.id}">${plain(one.title || one.message.slice(0, 60))}</a></span></td>
      <td>${state(one.state)}</td>
      <td class="wide">${why(one)}</td>
      <td class="number">${ago(one.finished_ms ?? one.created_ms)}</td>
      ${may("resend") ? html`<td>${maySend(one) ? html`<button class="quiet small" type="button" @click=${() => this.act(one)}>Resend<span class="away"> to ${plain(one.to)}</span></button>` : nothing}</td>` : nothing}</tr>`;
  }

  draw(empty) {
    this.watchEnd();
    return html`
      <p class="fresh">${this.fresh.length ? html`<button class="quiet" type="button" @click=${() => this.showFresh()}>${
        this.fresh.length < PAGE ? `Show ${count(this.fresh.length, "new notification")}` : "Show new notifications"}</button>` : nothing}</p>
      ${noticeOf(this.problem)}
      ${this.rows.length ? html`<div class="scroll"><table class="rows"><caption class="away">Notifications</caption>
        <thead><tr><th>To</th><th>State</th><th>Why</th><th class="number">When</th>${may("resend") ? html`<th><span class="away">Resend</span></th>` : nothing}</tr></thead>
        <tbody>${repeat(this.rows, (one) => one.id, (one) => this.row(one))}</tbody></table></div>`
        : this.isEmpty ? html`<p class="empty">${empty}</p>` : nothing}
      <p class="note" id="end-of-list">${this.isLoading ? "Loading…" : this.isWhole
        ? `${count(this.rows.length, "notification")}. There are no more.` : nothing}</p>`;
  }
}
