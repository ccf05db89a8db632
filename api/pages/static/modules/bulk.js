// The page of a bulk operation: how far it is, a stop, and its report; live.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may } from "./ask.js";
import { gathered } from "./bursts.js";
import { ACTIONS, filtered, listOf, reason, state, sum } from "./bulk_words.js";
import { addKey } from "./keyboard.js";
import { follow } from "./live.js";
import { attempt, inquire } from "./messages.js";
import { painter } from "./paint.js";
import { ago, count, moment, number, plain, span, noticeOf } from "./words.js";

const paint = painter(document.getElementById("bulk"));
const id = document.getElementById("main").dataset.bulk;
const path = `/v1/bulk/${encodeURIComponent(id)}`;
let found = null, problem = null, isFollowed = false;

async function load() {
  try {
    found = await ask(path);
    problem = null;
  } catch (error) {
    problem = error;
  }
  draw();
  if (found?.state === "running" && !isFollowed) watch();
}

const soon = gathered(load);

function watch() {
  isFollowed = true;
  follow(`job:${id}`, soon, () => {
    isFollowed = false;
    soon();
  });
}

const canStop = () => found?.state === "running" && may("operate");

async function stop() {
  if (!canStop()) return false;
  const isSure = await inquire({
    title: "Stop this operation?", act: "Stop it", isDangerous: true,
    words: "What it has done stays done, and the other jobs stay as they are.",
  });
  if (isSure && (await attempt(() => ask(`${path}/stop`, { method: "POST" }), "It is stopped."))) soon();
}

const figure = (name, value) => html`<div class="card"><span class="figure">${number(value)}</span><span class="soft">${name}</span></div>`;

const why = ([word, many]) => html`<li><h3>${count(many, "job")}</h3><p>${reason(word)}</p>
  ${found.examples[word]?.length ? html`<p class="note">${found.examples[word].map((one) => html`<a class="id" href="/jobs/${one}">${one}</a> `)}</p>` : nothing}</li>`;

const whys = (title, counted) => (sum(counted) ? html`<h2>${title}</h2><ul class="plain-list">${Object.entries(counted).map(why)}</ul>` : nothing);

const pair = (name, value) => (value ? html`<dt>${name}</dt><dd>${value}</dd>` : nothing);

function progress() {
  if (found.state !== "running") return nothing;
  const share = found.total ? (100 * found.looked_at) / found.total : 0;
  return html`<label for="progress">Looked at ${number(found.looked_at)} of ${count(found.total, "job")}</label>
    <progress id="progress" max="100" .value=${share}></progress>`;
}

function draw() {
  if (!found) {
    if (problem) paint(html`<h1 class="id">${id}</h1>${noticeOf(problem)}
      <p><a href="/bulk">Bulk operations</a></p>`);
    return;
  }
  document.title = `${ACTIONS[found.action]}: ${found.state} · Usher`;
  paint(html`
    <div class="head"><h1>${ACTIONS[found.action]}: all that match</h1>${state(found)}
      <div class="buttons">${canStop() ? html`<button type="button" class="danger quiet" @click=${stop}>Stop</button>` : nothing}</div></div>
    ${noticeOf(problem)}
    ${found.error ? html`<div class="notice error"><p><b>${found.error.code}</b>: ${plain(found.error.message)}</p></div>` : nothing}
    ${progress()}
    <div class="cards figures facts">${figure("done", found.done)}${figure("skipped", sum(found.skipped))}${figure("failed", sum(found.failed))}</div>
    ${found.state === "complete" && !sum(found.skipped) && !sum(found.failed)
      ? html`<p class="soft facts">${found.done ? "Nothing was skipped, and nothing failed." : "No job matched when it began."}</p>` : nothing}
    ${whys("Skipped", found.skipped)}${whys("Failed", found.failed)}
    <h2>What it is</h2>
    <dl class="pairs">
      ${pair("Jobs", html`${filtered(found.filter)}, as of ${moment(found.frozen_ms)}`)}
      ${pair("Priority", found.priority === null ? "" : String(found.priority))}
      ${pair("Rate", found.rate && `at most ${number(found.rate)} a second`)}
      ${pair("By", found.by && plain(found.by))}
      ${pair("Asked for", ago(found.frozen_ms))}
      ${pair("Took", found.finished_ms && span(found.finished_ms - found.frozen_ms))}
      ${pair("Elsewhere", html`<a href=${listOf(found.filter)}>The jobs that match now</a>, <a href="/jobs/${id}">its job</a>, <a href="/bulk">other operations</a>`)}
    </dl>`);
}

addKey("c", "Stop", stop);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
await load();
