// The list of bulk operations: those that wait or run, then the others, the latest first; live.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, withQuery } from "./ask.js";
import { gathered } from "./bursts.js";
import { ACTIONS, counts, filtered, state } from "./bulk_words.js";
import { follow } from "./live.js";
import { painter } from "./paint.js";
import { ago, noticeOf } from "./words.js";

const TYPE = "bulk_operation", PAGE = 50;
const paint = painter(document.getElementById("operations"));
let found = [], cursor = null, problem = null, isLoading = true;

async function load() {
  try {
    const page = await ask(withQuery("/v1/bulk", { limit: Math.max(PAGE, found.length) }));
    [found, cursor, problem] = [page.operations, page.cursor, null];
  } catch (error) {
    problem = error;
  }
  isLoading = false;
  draw();
}

async function more() {
  try {
    const page = await ask(withQuery("/v1/bulk", { limit: PAGE, cursor }));
    const known = new Set(found.map((one) => one.id));
    found = [...found, ...page.operations.filter((one) => !known.has(one.id))];
    cursor = page.cursor;
  } catch (error) {
    problem = error;
  }
  draw();
}

const row = (one) => html`<tr data-row=${one.id}>
  <td class="wide"><a href="/bulk/${one.id}">${ACTIONS[one.action]}</a><br><span class="note">${filtered(one.filter)}</span></td>
  <td>${state(one)}</td>
  <td class="wide note">${counts(one)}</td>
  <td class="number">${ago(one.frozen_ms)}</td>
</tr>`;

const empty = html`<div class="empty"><p>There are no bulk operations.</p><p>Filter <a href="/jobs?state=failed">the jobs</a>, then choose
  <b>All that match…</b></p></div>`;

function draw() {
  paint(html`
    ${noticeOf(problem)}
    ${found.length ? html`<div class="scroll"><table class="rows"><caption class="away">Bulk operations</caption>
      <thead><tr><th>Operation</th><th>State</th><th>So far</th><th class="number">Asked for</th></tr></thead>
      <tbody>${found.map(row)}</tbody></table></div>` : problem || isLoading ? nothing : empty}
    ${cursor ? html`<p class="fresh"><button class="quiet" type="button" @click=${more}>Show more</button></p>` : nothing}`);
}

const soon = gathered(load, 400);
await load();
if (!problem) follow("jobs", (told, kind) => (kind !== "message" || told.jobs.some((job) => job.type === TYPE)) && soon());
