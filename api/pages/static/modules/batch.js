// The page of a batch: its bar by outcome, what can be done, and who was not reached and why; live.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may, withQuery } from "./ask.js";
import { ACTS, LABELS, actionsOf, lookOf } from "./batch_actions.js";
import { bar, inWords, nameOf, partsOf, standing } from "./batch_words.js";
import { gathered } from "./bursts.js";
import { JobRows } from "./job_rows.js";
import { addKey } from "./keyboard.js";
import { follow } from "./live.js";
import { NotificationList } from "./notification_list.js";
import { painter } from "./paint.js";
import { Sandbox } from "./sandbox.js";
import { ago, moment, number, plain, seen } from "./words.js";

const REST_MS = 700; // between two looks
const TYPE = "push_notification";
const paint = painter(document.getElementById("batch"));
const id = document.getElementById("main").dataset.batch;
const path = `/v1/batches/${encodeURIComponent(id)}`;
const asked = Object.fromEntries(["state", "outcome"].map((name) => [name, new URLSearchParams(location.search).get(name) || ""]));
const sandbox = new Sandbox(draw);
let batch = null, list = null, problem = null;

const isMailing = () => batch.type === TYPE;

async function load() {
  try {
    batch = await ask(path);
    problem = null;
    if (!list) {
      list = isMailing() ? new NotificationList({ batch: id, state: asked.outcome || STATES[asked.state] || asked.state }, draw) : new JobRows(id, asked, draw);
      list.load();
    }
  } catch (error) {
    problem = error;
  }
  draw();
}

const STATES = { active: "sending", complete: "sent" }; // of jobs, in the words of notifications

const soon = gathered(async () => {
  sandbox.look();
  await load();
  if (list instanceof JobRows) await list.look();
}, REST_MS);

function take(told, kind) {
  if (kind === "message" && !told.left_off && !told.jobs?.some((one) => !batch?.type || one.type === batch.type)) return;
  if (told.jobs || kind !== "message") list?.take?.(kind === "message" ? told : { jobs: [] }, kind);
  soon();
}

async function act(name) {
  if (await ACTS[name](batch)) soon();
}

const part = (one) => html`<a class="part ${one.look}" href=${withQuery(location.pathname, one.query)}
  aria-current=${(one.query.state || "") === asked.state && (one.query.outcome || "") === asked.outcome ? "page" : nothing}><b>${number(one.units)}</b> ${one.label}</a>`;

function why({ pause }) {
  if (!pause) return nothing;
  return html`<div class="notice"><p>Paused ${ago(pause.since_ms)}${pause.by ? html` by ${plain(pause.by)}` : nothing}${
    pause.until_ms ? html` until ${moment(pause.until_ms)}` : nothing}${pause.reason ? html`: ${plain(pause.reason)}` : "."}</p></div>`;
}

function draw() {
  const error = problem ? html`<div class="notice error" role="alert"><p>${
    problem.status === 404 ? "There is no such batch, or it ended so long ago that Usher has forgotten it." : problem.message}</p></div>` : nothing;
  if (!batch) return paint(html`<div class="head"><h1>Batch</h1></div><p class="id">${id}</p>${error}<p><a href="/batches">All batches</a></p>`);
  const isAll = !asked.state && !asked.outcome;
  document.title = `${seen(nameOf(batch))} · Usher`;
  paint(html`
    <p class="note"><a href="/batches">Batches</a></p>
    <div class="head"><h1>${plain(nameOf(batch))}</h1>${standing(batch)}
      <div class="buttons">${actionsOf(batch).map((name) => html`<button type="button" class=${lookOf(name)} @click=${() => act(name)}>${LABELS[name]}</button>`)}</div></div>
    ${error}${isMailing() ? sandbox.banner() : nothing}${why(batch)}
    <div class="whole">${bar(batch)}</div>
    <nav class="level-words outcome-words" aria-label="Outcomes">${partsOf(batch).map(part)}
      <a class="part" href=${location.pathname} aria-current=${isAll ? "page" : nothing}>of <b>${number(batch.total)}</b></a></nav>
    <p class="note">Made ${ago(batch.created_ms)} · <span class="id">${id}</span> · <a href=${path}>JSON</a></p>
    <h2>${isAll ? (isMailing() ? "Recipients" : "Jobs") : `Only: ${(asked.outcome || asked.state).replaceAll("_", " ")}`}</h2>
    ${list ? list.draw(html`${isAll ? "Its jobs are past their retention." : html`None of it is there. <a href=${location.pathname}>Show all</a>`}`) : nothing}
    <p class="away" role="status">${inWords(batch)}</p>`);
}

for (const [key, names, label] of [["p", ["pause", "resume"], "Pause or go on"], ["r", ["replay"], "Replay the failed"], ["c", ["cancel"], "Cancel what waits"]]) {
  addKey(key, label, () => {
    const name = batch && names.find((each) => actionsOf(batch).includes(each));
    return name ? act(name) : false;
  });
}
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
sandbox.load();
await load();
// All its events from the start would be too many of a large batch; digests of all jobs are few. Whoever may not see those
// has the batch's own.
if (batch) follow(may("survey") ? "jobs" : `batch:${id}`, may("survey") ? take : soon);
