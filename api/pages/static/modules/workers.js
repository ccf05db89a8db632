// The workers' page: hosts, their processes, what each slot does and since when; quiet, resume, stop; pushed by the server.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may } from "./ask.js";
import "./limits.js";
import { follow } from "./live.js";
import { attempt, inquire } from "./messages.js";
import { painter } from "./paint.js";
import { ago, count, plain, state, noticeOf } from "./words.js";

const QUEUES = { reservations: "Reservations", notifications: "Notifications", jobs: "Jobs of your own" };
const BUSY_SHOWN = 40;
const paint = painter(document.getElementById("workers"));
let workers = null, slots = [], problem = null;

const steer = (name, wish, body) => ask(`/v1/workers/${encodeURIComponent(name)}/${wish}`, { method: "POST", body });

/** What the answer says of one worker is shown at once; the next message of the stream says it again. */
async function act(name, wish, body) {
  const told = await steer(name, wish, body);
  workers = workers.map((one) => (one.name === name ? { ...one, ...told } : one));
  draw();
}

const reason = html`<label for="reason">Why (others see it)</label><input id="reason" name="reason" maxlength="200" autocomplete="off">`;
const said = ({ reason: why }) => (why ? { reason: why } : {});

const resume = (name) => attempt(() => act(name, "resume"), "It starts jobs again.");

async function quiet(name) {
  const body = await inquire({
    title: "Quiet this worker?", fields: reason, act: "Quiet", check: said,
    words: html`<b>${plain(name)}</b> finishes what it does and starts nothing new, until you resume it or its process ends.`,
  });
  if (body) await attempt(() => act(name, "quiet", body), "It starts nothing new.", { undo: { label: "Undo", act: () => resume(name) } });
}

async function stop(name) {
  const body = await inquire({
    title: "Stop this worker?", fields: reason, act: "Stop the worker", isDangerous: true, check: said,
    words: html`<b>${plain(name)}</b> finishes what it does, as long as its settings allow, and ends. What it cannot finish comes
      back. Nothing takes this back, and whatever started the process may start another.`,
  });
  if (body) await attempt(() => act(name, "stop", body), "It ends when it has finished what it does.");
}

const wish = (verb, told) => html`<p class="note">${verb} ${ago(told.since_ms)}${told.by ? html` by ${plain(told.by)}` : nothing}${
  told.reason ? html`: ${plain(told.reason)}` : nothing}</p>`;

const silence = (one) => html`<p class="note">No sign of life since ${ago(one.seen_ms)}: it is frozen, was killed, or is cut off. What it did
  comes back when its leases end.</p>`;

function slotRow(one) {
  return html`<tr><td>${state(one.state)}</td>
    <td class="wide">${one.job ? html`<a href="/jobs/${one.job}">${plain(one.type)}</a>${one.jobs > 1 ? html` <span class="note">and ${count(one.jobs - 1, "more", "more")} at once</span>` : nothing}`
      : one.type ? html`${plain(one.type)} <span class="note">between jobs</span>` : html`<span class="soft">nothing</span>`}</td>
    <td class="number">${ago(one.since_ms)}</td><td class="number soft" data-name="process">${one.pid || "not started"}</td></tr>`;
}

function slotsOf(own) {
  const works = own.filter((one) => one.state !== "idle"), idle = own.length - works.length;
  if (!own.length) return nothing;
  return html`${works.length ? html`<div class="scroll"><table class="rows"><thead><tr><th>Slot</th><th>Does</th><th class="number">Since</th>
    <th class="number">Process</th></tr></thead><tbody>${works.slice(0, BUSY_SHOWN).map(slotRow)}</tbody></table></div>` : nothing}
    <p class="note">${works.length > BUSY_SHOWN ? `${count(works.length - BUSY_SHOWN, "more slot")} at work, ` : ""}${count(idle, "slot")} idle</p>`;
}

function buttons(one) {
  if (!may("operate") || one.state === "stopping") return nothing;
  return html`<div class="buttons">
    ${one.quiet ? html`<button class="quiet small" type="button" aria-label="Resume ${one.name}" @click=${() => resume(one.name)}>Resume</button>`
      : html`<button class="quiet small" type="button" aria-label="Quiet ${one.name}" @click=${() => quiet(one.name)}>Quiet</button>`}
    <button class="quiet small" type="button" aria-label="Stop ${one.name}" @click=${() => stop(one.name)}>Stop</button></div>`;
}

const worker = (one) => html`<section class="card worker" data-worker=${one.name}>
  <div class="head"><h3 class="id">${plain(one.name)}</h3>${state(one.state)}${buttons(one)}</div>
  <p class="note">${one.queues.map((queue) => QUEUES[queue] || queue).join(", ")}, release ${plain(one.release)}, process ${one.pid}, started ${ago(one.since_ms)}</p>
  ${one.state === "silent" ? silence(one) : nothing}
  ${one.stop ? wish("Stopped", one.stop) : one.quiet ? wish("Quiet since", one.quiet) : nothing}
  ${slotsOf(slots.filter((slot) => slot.worker === one.name && slot.queue === one.queues[0]))}</section>`;

function draw() {
  if (problem) return paint(noticeOf(problem));
  if (!workers) return undefined;
  if (!workers.length) return paint(html`<p class="notice error">No worker is there. Jobs wait until one comes: <code>usher worker</code></p>`);
  const hosts = byHost();
  return paint(html`${[...hosts].map(([host, its]) => html`<h2>${plain(host)} <span class="note">${count(its.length, "process", "processes")}</span></h2>
    <div class="stack">${its.map(worker)}</div>`)}`);
}

function byHost() {
  const found = new Map();
  workers.forEach((one) => found.set(one.host, [...(found.get(one.host) || []), one]));
  return found;
}

follow("overview", (told) => {
  ({ workers, slots } = told);
  draw();
}, (status) => {
  problem = new Error(status === 403 ? "Your key may not see what concerns everybody." : "The overview has ended.");
  draw();
});
