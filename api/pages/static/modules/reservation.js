// The page of a reservation: what it has, until when, everything that happened to it, and what can be done; live.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may, withQuery } from "./ask.js";
import { gathered } from "./bursts.js";
import { ACTS, LABELS, actionsOf } from "./reservation_actions.js";
import { addKey } from "./keyboard.js";
import { atMs, sentence } from "./ledger_words.js";
import { customerPage, linesInWords, pageOf } from "./levels.js";
import { follow } from "./live.js";
import { painter } from "./paint.js";
import { ago, moment, number, plain, seen, state, noticeOf } from "./words.js";

const ENTRIES = 1_000, READS = 5; // of the ledger for the timeline; a button reads on
const paint = painter(document.getElementById("reservation"));
const id = document.getElementById("main").dataset.reservation;
const path = `/v1/reservations/${encodeURIComponent(id)}`;
const WAITING = ["queued", "delayed", "active"];
let one = null, job = null, entries = [], after = "", hasMore = false, isReading = false, problem = null;

async function load() {
  try {
    one = await ask(path);
    problem = null;
    job = await ask(`/v1/jobs/${encodeURIComponent(id)}`).catch(() => null); // its record may be forgotten
    if (may("survey") && !WAITING.includes(one.state)) await readLedger();
  } catch (error) {
    problem = error;
  }
  draw();
}

/** Looks through the changes since it was made for those that are about it, a bounded number at a time. */
async function readLedger() {
  if (isReading) return;
  isReading = true;
  const [kind, name] = one.target.split(":");
  after ||= `${one.created_ms - 1}`;
  hasMore = true;
  try {
    for (let reads = 0; reads < READS && hasMore; reads++) {
      const found = await ask(withQuery(`/v1/${kind}s/${encodeURIComponent(name)}/ledger`, { after, limit: ENTRIES }));
      entries = [...entries, ...found.entries.filter((entry) => entry.about === id)];
      after = found.after || after;
      hasMore = found.entries.length === ENTRIES;
    }
  } finally {
    isReading = false;
  }
}

const soon = gathered(load);

async function act(name) {
  if (await ACTS[name](one)) soon();
}

const CLASSES = { held: "held", sold: "confirmed", confirmed: "confirmed", expired: "expired", released: "released" };
const TITLES = { held: "Held", sold: "Sold", confirmed: "Confirmed", extended: "Held longer", reduced: "A part given back", released: "Released", expired: "Expired" };

function timeline() {
  const asked = linesInWords(job?.data.lines || job?.data.parts?.flatMap((part) => part.lines) || []);
  const refusal = one.refusal?.code;
  return html`<ol class="timeline">
    <li><h3>Asked for</h3><p class="note">${moment(one.created_ms)}${job ? html`: ${asked}` : nothing}</p></li>
    ${entries.map((entry) => html`<li class=${CLASSES[entry.event] || "active"}><h3>${TITLES[entry.event] || entry.event}</h3>
      <p>${sentence(entry)}</p><p class="note">${moment(atMs(entry))}</p></li>`)}
    ${refusal ? html`<li class="failed"><h3>Refused</h3><p class="note">${moment(one.finished_ms)}: ${refusal.replaceAll("_", " ")}</p></li>` : nothing}
    ${one.error ? html`<li class="failed"><h3>Failed</h3><p class="note">${plain(one.error.message)}</p></li>` : nothing}
    ${one.state === "cancelled" ? html`<li class="cancelled"><h3>Cancelled</h3><p class="note">${moment(one.finished_ms)}</p></li>` : nothing}
    ${WAITING.includes(one.state) ? html`<li class="delayed"><h3>It waits</h3><p class="note">${waits()}</p></li>` : nothing}
    ${one.state === "held" ? html`<li class="delayed"><h3>Deadline</h3><p class="note">${moment(one.expires_ms)}, ${ago(one.expires_ms)}</p></li>` : nothing}
  </ol>${hasMore ? html`<p class="note">There are more changes of ${one.target} to look through.
    <button class="plain" type="button" @click=${() => readLedger().then(draw)}>Look further</button></p>` : nothing}`;
}

function waits() {
  const why = job?.waiting_for;
  if (why?.what === "pause") return html`${one.target} is paused, ${ago(why.since_ms)}.`;
  if (why?.what === "turn") return why.place === 1 ? "It is next." : `Place ${number(why.place)} in line.`;
  if (why?.what === "worker") return "No worker is there for reservations.";
  return "For its turn.";
}

const pair = (name, value) => (value === null || value === undefined || value === "" ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`);
const targets = () => [...new Set([one.target, ...one.lines.map((line) => line.target).filter(Boolean)])];

function facts() {
  return html`<dl class="pairs">
    ${pair("Customer", one.customer ? html`<a href=${customerPage(one.customer)}>${plain(one.customer)}</a>` : "nobody named")}
    ${pair("Of", targets().map((target, place) => html`${place ? ", " : ""}<a href=${pageOf(target)}>${target}</a>`))}
    ${pair("Has", linesInWords(one.lines))}
    ${pair("Made", moment(one.created_ms))}
    ${pair("Deadline", one.state === "held" ? html`${moment(one.expires_ms)}, ${ago(one.expires_ms)}` : null)}
    ${pair("Ended", moment(one.finished_ms))}
    ${Object.entries(one.metadata).map(([name, value]) => pair(plain(name), plain(typeof value === "string" ? value : JSON.stringify(value))))}
    ${pair("Id", html`<span class="id">${one.id}</span>`)}
    ${pair("Elsewhere", html`${job ? html`<a href="/jobs/${id}">Its job</a>, ` : nothing}<a href=${path}>JSON</a>`)}
  </dl>`;
}

function draw() {
  if (!one) {
    if (problem) paint(html`<div class="head"><h1>Reservation</h1></div><p class="id">${id}</p><div class="notice error" role="alert"><p>${
      problem.status === 404 ? "There is no such reservation, or it ended so long ago that Usher has forgotten it." : problem.message}</p></div><p><a href="/box-office">Box office</a></p>`);
    return;
  }
  const title = one.customer || "Reservation";
  document.title = `${seen(title)}: ${one.state} · Usher`;
  paint(html`
    <p class="note"><a href="/box-office">Box office</a> › <a href=${pageOf(one.target)}>${one.target}</a></p>
    <div class="head"><h1>${linesInWords(one.lines)}${one.customer ? html` for ${plain(one.customer)}` : nothing}</h1>${state(one.state)}
      <div class="buttons">${actionsOf(one).map((name) => html`<button type="button" class=${name === "confirm" ? "" : name === "release" ? "danger quiet" : "quiet"}
        @click=${() => act(name)}>${LABELS[name]}</button>`)}</div></div>
    ${noticeOf(problem)}
    <div class="columns"><div><h2>What happened</h2>${timeline()}</div><div><h2>What it is</h2>${facts()}</div></div>`);
}

for (const [key, name, label] of [["c", "confirm", "Confirm"], ["e", "extend", "Hold it longer"], ["x", "release", "Release it"]]) {
  addKey(key, label, () => (one && actionsOf(one).includes(name) ? act(name) : false));
}
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
await load();
// While it waits, its job tells; afterwards the ledger of its show or product does.
const followLedger = () => may("survey") && follow(one.target, (told, kind) => (kind !== "message" || told.about === id) && soon());
if (one && WAITING.includes(one.state)) follow(`job:${id}`, soon, () => (soon(), followLedger()));
else if (one) followLedger();
