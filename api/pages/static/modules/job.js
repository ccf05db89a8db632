// The page of a job: what it is, every attempt in order, its log and data, and what can be done about it; live.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask } from "./ask.js";
import { gathered } from "./bursts.js";
import { ACTS, KEYS, LABELS, actionsOf, lookOf } from "./job_actions.js";
import { addKey } from "./keyboard.js";
import { follow } from "./live.js";
import { tell } from "./messages.js";
import { painter } from "./paint.js";
import { maySteer, pause, resume } from "./pauses.js";
import { ago, moment, number, plain, seen, span, state, noticeOf } from "./words.js";

const LARGE = 2_000; // characters of JSON that are shown at once
const paint = painter(document.getElementById("job"));
const id = document.getElementById("main").dataset.job;
const path = `/v1/jobs/${encodeURIComponent(id)}`;
const OVER = ["complete", "failed", "cancelled"];
let job = null, lines = null, problem = null, isFollowed = false;

async function load() {
  try {
    job = await ask(path);
    lines = (await ask(`${path}/log`)).lines;
    problem = null;
  } catch (error) {
    problem = error;
  }
  draw();
  if (job && !isFollowed && !OVER.includes(job.state)) watch();
}

const soon = gathered(load);

async function act(name) {
  const done = await ACTS[name](job);
  if (done === "gone") location.assign("/jobs");
  else if (done) soon();
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    tell(`${what} is copied.`);
  } catch {
    tell("This browser does not let pages copy here.", { isWrong: true });
  }
}

const WAITS = {
  time: (why) => html`Its time: ${moment(why.until_ms)}, ${ago(why.until_ms)}.`,
  pause: (why) => html`${why.until_ms ? html`The end of the pause of` : html`Somebody to resume`} <b>${plain(why.group)}</b>, paused ${ago(why.since_ms)}${
    why.by ? html` by ${plain(why.by)}` : nothing}${why.until_ms ? html` until ${moment(why.until_ms)}` : nothing}${why.reason ? html`: ${plain(why.reason)}` : "."}`,
  worker: () => html`A worker that knows its type. None is there.`,
  limit: (why) => html`The limit of ${why.key ? html`its key <b>${plain(why.key)}</b>` : "its type"}${
    why.limit === "rate" && why.until_ms ? html`, until ${moment(why.until_ms)}` : nothing}.`,
  turn: (why) => html`Its turn: ${why.place === 1 ? "it is next" : `place ${number(why.place)} in line`}${
    why.expected_ms ? html`, expected ${ago(why.expected_ms)}` : nothing}.`,
};

function waiting() {
  if (!job.waiting_for) return nothing;
  const { group } = job.waiting_for;
  return html`<div class="notice"><p><b>It waits for:</b> ${WAITS[job.waiting_for.what](job.waiting_for)}</p>
    ${group && maySteer(group) ? html`<p><button class="quiet small" type="button" @click=${() => steer(resume(group))}>Resume</button></p>` : nothing}</div>`;
}

/** Looks again once a pause has begun or ended. */
async function steer(done) {
  if (await done) soon();
}

/** Pauses what the job is one of; the notice resumes it. */
const pauser = (group, label) => (maySteer(group) && job.waiting_for?.group !== group
  ? html` <button class="plain note" type="button" @click=${() => steer(pause(group, label))}>${label}</button>` : nothing);

const wrong = (error) => html`<p><b>${error.code}</b>: ${plain(error.message)}</p>${
  error.traceback ? html`<details><summary>Traceback</summary><pre tabindex="0">${plain(error.traceback)}</pre></details>` : nothing}`;

function attempt(one, place) {
  const name = one.error ? "failed" : one.finished_ms ? "complete" : "active";
  const made = job.attempts_made - job.attempts.length + place + 1;
  const before = place ? job.attempts[place - 1].finished_ms : made === 1 ? job.created_ms : null;
  const waited = before ? one.started_ms - before : 0;
  return html`<li class=${name}><h3>Attempt ${made} ${state(name)}</h3>
    <p class="note">${moment(one.started_ms)}${one.finished_ms ? html`, took ${span(one.finished_ms - one.started_ms)}` : html`, running since ${ago(one.started_ms)}`}${
      waited > 0 ? html`, after a wait of ${span(waited)}` : nothing}, by <span class="id">${one.worker}</span></p>
    ${one.error ? wrong(one.error) : nothing}</li>`;
}

function timeline() {
  const left = job.attempts_made - job.attempts.length;
  return html`<ol class="timeline">
    <li><h3>Made</h3><p class="note">${moment(job.created_ms)}</p></li>
    ${left > 0 ? html`<li><p class="note">${number(left)} earlier attempts; the last ten are kept.</p></li>` : nothing}
    ${job.attempts.map(attempt)}
    ${job.state === "delayed" && job.due_ms ? html`<li class="delayed"><h3>Next start</h3><p class="note">${moment(job.due_ms)}, ${ago(job.due_ms)}${
      job.snoozed ? html`. ${plain(job.snoozed)}` : nothing}</p></li>` : nothing}
    ${job.finished_ms ? html`<li class=${job.state}><h3>${job.state[0].toUpperCase() + job.state.slice(1)}</h3><p class="note">${moment(job.finished_ms)}, ${
      span(job.finished_ms - job.created_ms)} after it was made</p></li>` : nothing}
  </ol>`;
}

function json(value, what) {
  const text = JSON.stringify(value, null, 2);
  const button = html`<button class="plain note" type="button" @click=${() => copy(text, what)}>Copy</button>`;
  if (text.length <= LARGE) return html`<pre tabindex="0">${plain(text)}</pre>${button}`;
  return html`<details><summary>${number(text.length)} characters</summary><pre tabindex="0">${plain(text)}</pre></details>${button}`;
}

const edited = (one) => html`<li><p class="note">${moment(one.edited_ms)}${one.by ? html` by ${plain(one.by)}` : nothing}. It was before:</p>
  ${json(one.before, "What it was before")}</li>`;

const pair = (name, value) => (value === null || value === undefined || value === "" ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`);

function facts() {
  return html`<dl class="pairs">
    ${pair("Type", html`<a href="/jobs?type=${encodeURIComponent(job.type)}">${plain(job.type)}</a>${pauser(`type:${job.type}`, "Pause its type")}`)}
    ${pair("Id", html`<span class="id">${job.id}</span> <button class="plain note" type="button" @click=${() => copy(job.id, "The id")}>Copy</button>`)}
    ${pair("About", job.target && html`<a href="/jobs?target=${encodeURIComponent(job.target)}">${job.target}</a>`)}
    ${pair("Batch", job.batch && html`<a class="id" href="/jobs?batch=${job.batch}">${job.batch}</a>`)}
    ${pair("Key", job.key && html`${plain(job.key)}${pauser(`key:${job.type}/${job.key}`, "Pause its key")}`)}
    ${pair("Unique", job.unique && html`${plain(job.unique.key)} (${job.unique.while})`)}
    ${pair("Priority", number(job.priority))}
    ${pair("Attempts", `${job.attempts_made} of ${job.attempts_max}`)}
    ${pair("Lost leases", job.stalls ? number(job.stalls) : null)}
    ${pair("Worker", job.worker && html`<span class="id">${job.worker}</span>`)}
    ${Object.entries(job.metadata).map(([name, value]) => pair(plain(name), plain(typeof value === "string" ? value : JSON.stringify(value))))}
    ${pair("Copy of", job.replay_of && html`<a class="id" href="/jobs/${job.replay_of}">${job.replay_of}</a>`)}
    ${pair("Elsewhere", html`<a href="/flower/task/${job.id}">Flower</a>, <a href=${path}>JSON</a>`)}
  </dl>`;
}

function draw() {
  if (!job) {
    if (problem) paint(html`<h1 class="id">${id}</h1>${noticeOf(problem)}<p><a href="/jobs">All jobs</a></p>`);
    return;
  }
  document.title = `${seen(job.title || job.type)}: ${job.state} · Usher`;
  paint(html`
    <div class="head"><h1>${plain(job.title || job.type)}</h1>${state(job.state)}
      <div class="buttons">${actionsOf(job).map((name) => html`<button type="button" class=${lookOf(name)}
        @click=${() => act(name)}>${LABELS[name]}</button>`)}</div></div>
    ${noticeOf(problem)}
    ${job.result?.sandboxed ? html`<div class="notice"><p>Sandboxed: it was written to the console and reached nobody.</p></div>` : nothing}
    ${job.in_doubt ? html`<div class="notice error"><p>An attempt began an effect on the outside world, and nobody knows how it ended.</p></div>` : nothing}
    ${waiting()}
    ${job.error && job.state === "failed" ? html`<div class="notice error"><p><b>${job.error.code}</b>: ${plain(job.error.message)}</p></div>` : nothing}
    ${job.state === "active" || job.progress ? html`<label for="progress">Progress, ${job.progress} %</label><progress id="progress" max="100" .value=${job.progress}></progress>` : nothing}
    <div class="columns"><div>
      <h2>What happened</h2>${timeline()}
      <h2>Log</h2>${lines?.length ? html`<pre tabindex="0">${plain(lines.join("\n"))}</pre>` : html`<p class="soft">Its handler has logged nothing.</p>`}
    </div><div>
      <h2>What it is</h2>${facts()}
      <h2>Data</h2>${json(job.data, "The data")}
      ${job.edits?.length ? html`<h2>Edits</h2><ol class="timeline">${job.edits.map(edited)}</ol>` : nothing}
      ${job.progress_data == null ? nothing : html`<h2>Said with its progress</h2>${json(job.progress_data, "It")}`}
      ${job.result == null ? nothing : html`<h2>Result</h2>${json(job.result, "The result")}`}
    </div></div>`);
}

for (const name of Object.keys(ACTS)) {
  addKey(KEYS[name], LABELS[name], () => (job && actionsOf(job).includes(name) ? act(name) : false));
}

/** The stream of a job ends with it; one that somebody replays has a stream again. */
function watch() {
  isFollowed = true;
  follow(`job:${job.id}`, soon, () => {
    isFollowed = false;
    soon();
  });
}

document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
await load();
