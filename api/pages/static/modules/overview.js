// The start page: what runs, what waits and for how long, what is on sale, and what is wrong; pushed by the server.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may, withQuery } from "./ask.js";
import { spark } from "./charts.js";
import { bar, numbers, pageOf } from "./levels.js";
import { follow } from "./live.js";
import { painter } from "./paint.js";
import { paused } from "./paused.js";
import { pauseType, resume, why } from "./pauses.js";
import { QUEUES, queues } from "./queues.js";
import { troubles } from "./troubles.js";
import { ago, count, number, plain, roughly, state, noticeOf } from "./words.js";

const NOTICES = 4; // findings that are shown at once; the rest is folded
const paint = painter(document.getElementById("overview"));
let now = null, history = null, span = new URLSearchParams(location.search).get("span") === "day" ? "day" : "hour", problem = null;
let askedAt = 0;

const sum = (values) => values.reduce((total, one) => total + (one || 0), 0);
const inState = (name) => sum(Object.values(now.jobs).map((counts) => counts[name]));
const rate = (type, name) => now.rates?.[type]?.[name] || 0;
const perMinute = (value) => (value ? (value < 10 ? value.toFixed(1).replace(/\.0$/, "") : number(Math.round(value))) : "0");

/** The steps of a history end while the page is open: ask again once a step is over. */
async function loadHistory() {
  if (Date.now() - askedAt < 55_000) return;
  askedAt = Date.now();
  try {
    history = await ask(withQuery("/v1/history", { span }));
  } catch (error) {
    problem = error;
  }
  draw();
}

const stepsOf = (name, course) => history?.[name] && Object.values(history[name]).reduce((total, one) =>
  total.map((value, place) => (one[course]?.[place] == null ? value : (value ?? 0) + one[course][place])), Array(history.recorded_ms.length).fill(null));

function chart(values, words) {
  if (!values) return html`<span class="spark"></span>`;
  return spark(values, { start: history.start_ms, step: history.step_ms, words });
}

const figure = (name, value, values, note) => html`<div class="card"><h3>${name}</h3><span class="figure">${value}</span>
  ${chart(values, name)}${note ? html`<p class="note">${note}</p>` : nothing}</div>`;

function findings() {
  const found = now.findings?.findings || [], first = troubles(now);
  if (!found.length) return first ? html`<div role="status">${first}</div>` : html`<p class="note" role="status">Usher finds nothing wrong. <code>usher doctor</code> also looks at servers, disks and clocks.</p>`;
  const sorted = [...found].sort((one, other) => (other.level === "error") - (one.level === "error"));
  const rest = sorted.slice(NOTICES);
  return html`<div role="status">${first}${sorted.slice(0, NOTICES).map(notice)}</div>
    ${rest.length ? html`<details class="rest"><summary>${count(rest.length, "more finding")}</summary>${rest.map(notice)}</details>` : nothing}`;
}

const notice = (one) => html`<div class="notice ${one.level}"><p><b>${plain(one.what)}</b> ${plain(one.remedy)}</p></div>`;

function figures() {
  const types = Object.keys(now.jobs);
  return html`<h2 class="away">Figures</h2><div class="cards figures">
    ${figure("Waiting", number(inState("queued")), stepsOf("queues", "waiting"), `${number(inState("delayed"))} delayed`)}
    ${figure("Running", number(inState("active")), stepsOf("queues", "running"), busy())}
    ${figure("Done a minute", perMinute(sum(types.map((type) => rate(type, "completed")))), stepsOf("queues", "completed"))}
    ${figure("Failed a minute", perMinute(sum(types.map((type) => rate(type, "failed")))), stepsOf("queues", "failed"),
      html`<a href="/jobs?state=failed">${count(inState("failed"), "failed job")}</a>`)}
  </div>`;
}

const busy = () => `${now.slots.filter((one) => one.state === "busy").length} of ${count(now.slots.length, "slot")} busy`;

const expected = (waits) => (waits?.wait_ms && waits.is_known ? roughly(waits.wait_ms) : "");

function typeRow(type) {
  const counts = now.jobs[type], waits = now.backlog[type], isPaused = now.paused[`type:${type}`];
  return html`<tr data-row=${type}>
    <td class="wide"><a href=${withQuery("/jobs", { type })}>${plain(type)}</a> ${isPaused ? html`${state("paused")} <span class="note">${why(isPaused)}</span>` : nothing}
      ${waits && !waits.is_known ? html`<span class="state warning">no worker knows it</span>` : nothing}</td>
    <td class="number" data-name="waiting">${number(counts.queued)}</td>
    <td class="number" data-name=${waits?.oldest_ms ? "oldest" : nothing}>${waits?.oldest_ms ? ago(waits.oldest_ms) : ""}</td>
    <td class="number" data-name=${expected(waits) ? "expected wait" : nothing}>${expected(waits)}</td>
    <td class="number" data-name="running">${number(counts.active)}</td>
    <td class="number" data-name="done a minute">${perMinute(rate(type, "completed"))}</td>
    <td class="number" data-name="failed a minute">${perMinute(rate(type, "failed"))}</td>
    <td class="trend">${chart(history?.types?.[type]?.completed, `${type}: done`)}</td>
    ${may("operate") ? html`<td><button class="quiet small" type="button" @click=${() => (isPaused ? resume(`type:${type}`) : pauseType(type))}>${isPaused ? "Resume" : "Pause"}</button></td>` : nothing}
  </tr>`;
}

function types() {
  const names = Object.keys(now.jobs).sort((one, other) =>
    now.jobs[other].queued + now.jobs[other].active - now.jobs[one].queued - now.jobs[one].active || one.localeCompare(other));
  if (!names.length) return html`<p class="empty">No jobs yet. <a href="/docs/">The documents</a> let you submit one.</p>`;
  return html`<div class="scroll"><table class="rows"><thead><tr><th>Type</th><th class="number">Waiting</th><th class="number">Oldest</th>
    <th class="number">Expected wait</th><th class="number">Running</th><th class="number">Done / min</th><th class="number">Failed / min</th>
    <th>Done, last ${span}</th>${may("operate") ? html`<th><span class="away">Pause</span></th>` : nothing}</tr></thead><tbody>${names.map(typeRow)}</tbody></table></div>`;
}

const sale = (one) => html`<a class="card sale" href=${pageOf(one.target)}><h3>${plain(one.name)} ${one.paused ? state("paused") : nothing}</h3>
  ${bar(one)}${numbers(one)}</a>`;

function workers() {
  const byWorker = byName(now.slots);
  if (!byWorker.size) return html`<p class="notice error">No worker ${now.workers.length ? "gives a sign of life" : "is there"}. Jobs wait until one comes: <code>usher worker</code></p>`;
  return html`<div class="scroll"><table class="rows"><thead><tr><th>Worker</th><th>Lane</th><th class="number">Busy slots</th><th>Does</th></tr></thead><tbody>
    ${[...byWorker].map(([name, slots]) => {
      const works = slots.filter((one) => one.state !== "idle");
      return html`<tr><td class="id">${name}</td><td>${QUEUES[slots[0].queue] || slots[0].queue}</td>
        <td class="number">${works.length} / ${slots.length}</td>
        <td class="wide">${works.length ? works.slice(0, 8).map((one) => html`<span class="state ${one.state}">${one.type || one.state}</span> <span class="note">${ago(one.since_ms)}</span> `) : html`<span class="soft">idle</span>`}</td></tr>`;
    })}</tbody></table></div>`;
}

function byName(slots) {
  const found = new Map();
  slots.forEach((one) => found.set(one.worker, [...(found.get(one.worker) || []), one]));
  return found;
}

function draw() {
  if (!now) return problem && paint(noticeOf(problem));
  paint(html`
    ${findings()}
    ${figures()}
    <h2>Queues</h2>${queues(now)}
    <div class="head below"><h2>Types</h2><div class="buttons"><a class="button quiet small" href=${span === "hour" ? "/?span=day" : "/"}>Show the last ${span === "hour" ? "day" : "hour"}</a></div></div>
    ${types()}
    ${paused(now.paused)}
    ${now.on_sale?.length ? html`<h2>On sale</h2><div class="cards">${now.on_sale.map(sale)}</div>` : nothing}
    <h2><a href="/workers">Workers</a></h2>${workers()}
    ${now.dead_messages ? html`<p class="notice error">${count(now.dead_messages, "message")} could not be read by any worker and are set aside: <code>usher doctor</code></p>` : nothing}`);
}

follow("overview", (told) => {
  now = told;
  draw();
  loadHistory();
}, (status) => {
  problem = new Error(status === 403 ? "Your key may not see what concerns everybody." : "The overview has ended.");
  draw();
});
