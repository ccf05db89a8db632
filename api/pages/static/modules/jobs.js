// The list of jobs: tabs by state, filters, newest first within a state. New jobs wait behind a button, so no row moves under the reader.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, withQuery } from "./ask.js";
import { offerBulk } from "./bulk_form.js";
import { ACTS, KEYS, LABELS, actionsOf } from "./job_actions.js";
import { addKey, chosenRow } from "./keyboard.js";
import { Listing } from "./listing.js";
import { follow } from "./live.js";
import { painter } from "./paint.js";
import { ago, count, number, plain, span, state, noticeOf } from "./words.js";

const STATES = ["queued", "delayed", "active", "complete", "failed", "cancelled"];
const FILTERS = ["q", "type", "target", "batch", "code", "since", "until"];
const PAGE = 50;
const paint = painter(document.getElementById("jobs"));
const asked = Object.fromEntries(new URLSearchParams(location.search));
// What an event makes of a job, as far as the list shows it.
const BECOMES = {
  queued: "queued", delayed: "delayed", active: "active", retrying: "delayed", snoozed: "delayed", stalled: "queued",
  replayed: "queued", complete: "complete", failed: "failed", cancelled: "cancelled",
};
const OVER = ["complete", "failed", "cancelled"];
let counts = {}, types = [];
let fresh = new Set(), stale = new Set(), timer = 0;

const pathOf = (changes) => withQuery("/jobs", { ...asked, ...changes });

const page = async (cursor) => {
  const found = await ask(withQuery("/v1/jobs", { ...asked, limit: PAGE, cursor }));
  return { rows: found.jobs, cursor: found.cursor };
};
const list = new Listing(page, draw);

function showCounts(byType) {
  types = Object.keys(byType).sort();
  const chosen = asked.type ? [asked.type] : types;
  counts = Object.fromEntries(STATES.map((name) => [name, chosen.reduce((sum, type) => sum + (byType[type]?.[name] || 0), 0)]));
}

/** A digest of all jobs: rows that are shown change in place, new jobs are only counted. */
function take(told, kind) {
  showCounts(told.counts);
  if (kind !== "message") {
    list.rows.forEach((job) => !OVER.includes(job.state) && stale.add(job.id)); // after a gap
  } else {
    const shown = new Map(list.rows.map((job) => [job.id, job]));
    for (const { job: id, event, type, is_new: isNew } of told.jobs) {
      if (shown.has(id)) stale.add(id);
      else if (isNew && (!asked.type || asked.type === type)) fresh.add(id);
      if (shown.has(id) && BECOMES[event]) shown.get(id).state = BECOMES[event];
    }
  }
  if (stale.size) timer ||= setTimeout(refreshStale, 300);
  draw();
}

/** Looks again at rows about which something was told, as many as a screen has at a time. */
async function refreshStale() {
  const some = [...stale].slice(0, 20);
  some.forEach((id) => stale.delete(id));
  await Promise.all(some.map((id) => refresh(id).catch(() => {})));
  timer = stale.size ? setTimeout(refreshStale, 300) : 0;
}

/** The first page once more, above what is shown. */
async function showFresh() {
  fresh = new Set();
  const { rows, cursor } = await page("");
  const news = list.unknown(rows);
  // More than a page came: the list goes on from there, without a gap.
  if (news.length === rows.length && list.rows.length) Object.assign(list, { rows, cursor });
  else list.rows = [...news, ...list.rows];
  draw();
  scrollTo({ top: 0 });
}

async function refresh(id) {
  list.renew([await ask(`/v1/jobs/${id}`)]);
  draw();
}

const tab = (name, label) => html`<li><a href=${pathOf({ state: name })} aria-current=${(asked.state || "") === name ? "page" : nothing}>${label}${
  name && counts[name] !== undefined ? html`<span class="number">${number(counts[name])}</span>` : nothing}</a></li>`;

function filter(name, label, extra = {}) {
  return html`<span class=${extra.wide ? "wide" : ""}><label for="by-${name}">${label}</label>
    <input id="by-${name}" name=${name} .value=${asked[name] || ""} placeholder=${extra.example || ""} list=${extra.list || nothing}></span>`;
}

function apply(event) {
  event.preventDefault();
  const given = Object.fromEntries([...new FormData(event.target)].map(([name, value]) => [name, value.trim()]));
  location.assign(pathOf(given));
}

async function act(name, job) {
  const done = await ACTS[name](job);
  if (done === "gone") list.rows = list.rows.filter((one) => one.id !== job.id);
  else if (done) await refresh(job.id);
  draw();
}

const why = (job) => {
  if (job.error) return job.error.message;
  if (job.snoozed) return job.snoozed;
  return job.state === "active" && job.progress ? `${job.progress} %` : "";
};

const took = (job) => (job.started_ms && job.finished_ms ? span(job.finished_ms - job.started_ms) : "");

const row = (job) => html`<tr data-row=${job.id}>
  <td class="wide"><a href="/jobs/${job.id}">${plain(job.title || job.type)}</a><br><span class="note">${
    job.title ? plain(job.type) : nothing}${job.target ? html` ${plain(job.target)}` : nothing} <span class="id">${job.id}</span></span></td>
  <td>${state(job.state)}</td>
  <td class="wide note">${plain(why(job))}</td>
  <td class="number">${job.attempts_made} / ${job.attempts_max}</td>
  <td class="number">${took(job)}</td>
  <td class="number">${ago(job.created_ms)}</td>
</tr>`;

function empty() {
  const isFiltered = FILTERS.some((name) => asked[name]) || asked.state;
  if (isFiltered) return html`<p class="empty">No job fits. <a href="/jobs">Show all jobs</a></p>`;
  return html`<div class="empty"><p>There are no jobs yet.</p><p>A first one: <code>usher submit</code>, a Python program, or
    <code>POST /v1/jobs</code>, which <a href="/docs/">the documents</a> let you try.</p></div>`;
}

function draw() {
  paint(html`
    <ul class="tabs" aria-label="State">${tab("", "All")}${STATES.map((name) => tab(name, name[0].toUpperCase() + name.slice(1)))}</ul>
    <form class="filters" @submit=${apply} aria-label="Filters">
      ${filter("q", "Text", { wide: true, example: "id, title, type, customer" })}
      ${filter("type", "Type", { list: "types" })}
      ${filter("target", "Show or product", { example: "show:hamlet" })}
      ${filter("batch", "Batch")}
      ${asked.state === "failed" || asked.code ? filter("code", "Failed with", { example: "error:ValueError" }) : nothing}
      ${filter("since", "Made since", { example: "2026-11-28T09:00Z" })}
      ${filter("until", "Made before")}
      <datalist id="types">${types.map((type) => html`<option value=${type}></option>`)}</datalist>
      <button class="quiet" type="submit">Filter</button>
    </form>
    <p class="fresh">${fresh.size ? html`<button class="quiet" type="button" @click=${showFresh}>${fresh.size < 200
      ? `Show ${count(fresh.size, "new job")}` : "Show new jobs"}</button>` : nothing}</p>
    ${noticeOf(list.problem)}
    ${list.rows.length
      ? html`<div class="scroll"><table class="rows"><caption class="away">Jobs</caption>
          <thead><tr><th>Job</th><th>State</th><th>Said</th><th class="number">Attempts</th><th class="number">Took</th><th class="number">Made</th></tr></thead>
          <tbody>${repeat(list.rows, (job) => job.id, row)}</tbody></table></div>`
      : list.isEmpty ? empty() : nothing}
    <p class="note" id="end-of-list">${list.isLoading ? "Loading…" : list.isWhole ? `${count(list.rows.length, "job")}. There are no more.` : nothing}</p>`);
  list.watchEnd();
}

for (const name of Object.keys(ACTS)) {
  addKey(KEYS[name], `${LABELS[name]}: the chosen job`, () => {
    const job = list.rows.find((one) => one.id === chosenRow()?.dataset.row);
    return job && actionsOf(job).includes(name) ? act(name, job) : false;
  });
}
offerBulk(document.getElementById("actions"), asked);
list.load();
follow("jobs", take);
