// Failed jobs, grouped by type and kind of error: how many, since when, how often; and a slow replay of a whole group.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, may, withQuery } from "./ask.js";
import { gathered } from "./bursts.js";
import { spark } from "./charts.js";
import { addKey, chosenRow } from "./keyboard.js";
import { follow } from "./live.js";
import { attempt, inquire, tell } from "./messages.js";
import { painter } from "./paint.js";
import { ago, count, number, plain } from "./words.js";

const REST_MS = 1_000; // between two looks at all of them
const SLOWLY = 10; // jobs a second, unless somebody wants another rate
const paint = painter(document.getElementById("failures"));
const span = new URLSearchParams(location.search).get("span") === "day" ? "day" : "hour";
let found = null, problem = null, seen = "", going = [];

async function load() {
  try {
    found = await ask(withQuery("/v1/failures", { span, limit: 200 }));
    problem = null;
  } catch (error) {
    problem = error;
  }
  draw();
}

const soon = gathered(load, REST_MS);

const nameOf = (group) => (group.code === null ? "all other codes" : group.code.replace(/^error:/, ""));
/** What the last one says, without the name of the exception, which stands above it. */
const saidBy = (group) => (group.message.startsWith(`${nameOf(group)}: `) ? group.message.slice(nameOf(group).length + 2) : group.message);
const listOf = (group) => withQuery("/jobs", { state: "failed", type: group.type, code: group.code });
const keyOf = (group) => `${group.type}\n${group.code ?? ""}`;

/** Asks how fast, with the number that the filter finds now; the operation goes on by itself and can be stopped. */
async function replay(group) {
  const wish = { action: "replay", filter: { state: "failed", type: group.type, code: group.code } };
  let meant;
  if (!(await attempt(async () => (meant = await ask("/v1/bulk", { method: "POST", body: { ...wish, dry_run: true } }))))) return;
  if (!meant.count) return tell("None of them has failed any more.");
  const jobs = `${meant.is_all === false ? "at least " : ""}${count(meant.count, "job")}`;
  const asked = await inquire({
    title: `Replay ${jobs}?`,
    words: html`All jobs of the type <b>${plain(group.type)}</b> that failed with <b>${plain(group.code)}</b> are queued again, with all their attempts. Jobs that fail later are not touched.`,
    fields: html`<label for="rate">How many a second, at most</label><input id="rate" name="rate" inputmode="decimal" autocomplete="off" value=${SLOWLY}>`,
    act: "Replay",
    check: ({ rate }) => {
      if (!(Number(rate) > 0)) throw new Error("The rate must be a number above 0.");
      return { rate: Number(rate) };
    },
  });
  if (!asked) return;
  await attempt(async () => {
    const { id } = await ask("/v1/bulk", { method: "POST", body: { ...wish, ...asked } });
    going = [...going, { id, words: `${jobs}: ${group.type}, ${nameOf(group)}` }];
    soon();
  }, "They are queued again, one after the other.");
}

async function stop(operation) {
  if (await attempt(() => ask(`/v1/bulk/${operation.id}/stop`, { method: "POST" }), "It is stopped. What was replayed stays replayed.")) {
    going = going.filter((one) => one !== operation);
    draw();
  }
}

const row = (group) => html`<tr data-row=${keyOf(group)}>
  <td class="wide"><a href=${listOf(group)}>${plain(nameOf(group))}</a> <span class="note">${plain(group.type)}</span>
    ${group.message ? html`<br><span class="note said">${plain(saidBy(group))}</span>` : nothing}</td>
  <td class="number" data-name="jobs">${number(group.count)}</td>
  <td class="trend">${spark(group.course, { start: found.start_ms, step: found.step_ms, words: `${group.type}, ${nameOf(group)}: failed` })}</td>
  <td class="number" data-name="last">${group.jobs.length ? html`<a href="/jobs/${group.jobs[0]}">${ago(group.last_ms)}</a>` : ago(group.last_ms)}</td>
  <td class="number" data-name="first">${ago(group.first_ms)}</td>
  ${may("operate") ? html`<td class="wide">${group.code === null ? nothing : html`<button class="quiet small" type="button" @click=${() => replay(group)}
    >Replay all, slowly<span class="away">: ${group.type}, ${nameOf(group)}</span></button>`}</td>` : nothing}
</tr>`;

function groups() {
  if (!found.groups.length) return found.ungrouped ? nothing : html`<p class="empty">No job has failed, as far as records are kept.</p>`;
  const left = found.groups_count - found.groups.length;
  return html`<div class="head"><p class="soft">${count(found.count, "failed job")}, ${count(found.groups_count, "kind")} of failure</p>
      <div class="buttons"><a class="button quiet small" href=${span === "hour" ? "/failures?span=day" : "/failures"}>Show the last ${span === "hour" ? "day" : "hour"}</a></div></div>
    <div class="scroll"><table class="rows"><caption class="away">Failed jobs by type and kind of error</caption>
    <thead><tr><th>What went wrong</th><th class="number">Jobs</th><th>Failed, last ${span}</th><th class="number">Last</th><th class="number">First</th>${
      may("operate") ? html`<th><span class="away">Replay</span></th>` : nothing}</tr></thead>
    <tbody>${repeat(found.groups, keyOf, row)}</tbody></table></div>
    ${left > 0 ? html`<p class="note">${count(left, "smaller group")}: <code>GET /v1/failures?type=...</code></p>` : nothing}`;
}

function draw() {
  const error = problem ? html`<div class="notice error" role="alert"><p>${problem.status === 403
    ? "Your key may not see what concerns everybody." : problem.message}</p></div>` : nothing;
  if (!found) return paint(error);
  paint(html`${error}
    ${going.map((one) => html`<div class="notice"><p>Replaying ${plain(one.words)}. <a href="/jobs/${one.id}">How far it is</a></p>
      <button class="quiet small" type="button" @click=${() => stop(one)}>Stop</button></div>`)}
    ${found.ungrouped ? html`<p class="note">${count(found.ungrouped, "more failed job")} of before an upgrade ${found.ungrouped === 1 ? "is" : "are"} not counted by kind yet. <a href="/jobs?state=failed">All failed jobs</a></p>` : nothing}
    ${groups()}`);
}

if (may("operate")) {
  addKey("r", "Replay all of the chosen group, slowly", () => {
    const group = found?.groups.find((one) => keyOf(one) === chosenRow()?.dataset.row);
    return group && group.code !== null ? void replay(group) : false;
  });
}
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
await load();
if (may("survey")) {
  follow("overview", (told) => {
    const failed = JSON.stringify([Object.entries(told.jobs).map(([type, counts]) => [type, counts.failed]), Object.values(told.rates).map((one) => one.failed)]);
    if (seen !== failed) soon();
    seen = failed;
    document.dispatchEvent(new CustomEvent("dead-messages", { detail: told.dead_messages }));
  });
}
