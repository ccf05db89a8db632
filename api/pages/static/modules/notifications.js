// Notifications: search by recipient, channel and state; one recipient's history; send one again; live.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may, withQuery } from "./ask.js";
import { follow } from "./live.js";
import { attempt, inquire } from "./messages.js";
import { NotificationList } from "./notification_list.js";
import { painter } from "./paint.js";
import { suppressed } from "./reached.js";
import { Sandbox } from "./sandbox.js";
import { plain, seen } from "./words.js";

const STATES = ["", "queued", "delayed", "sending", "sent", "in_doubt", "skipped", "sandboxed", "failed", "cancelled"];
const FILTERS = ["recipient", "channel", "state", "since", "until", "batch"];
const paint = painter(document.getElementById("notifications"));
const given = new URLSearchParams(location.search);
const asked = Object.fromEntries(FILTERS.map((name) => [name, given.get(name) || ""]));
const list = new NotificationList(asked, draw);
const sandbox = new Sandbox(draw);
let channels = asked.channel ? [asked.channel] : [];

async function loadChannels() {
  if (!may("survey")) return;
  channels = (await ask("/v1/suppressions").catch(() => ({ lists: [] }))).lists.map((one) => one.channel).filter((name) => name !== "any");
  draw();
}

function apply(event) {
  event.preventDefault();
  const values = Object.fromEntries([...new FormData(event.target)].map(([name, value]) => [name, value.trim()]));
  location.assign(withQuery(location.pathname, values));
}

async function suppress() {
  const channel = asked.channel || "any";
  const values = await inquire({
    title: "Send nothing more?",
    words: html`Nothing more is sent to ${plain(asked.recipient)} ${channel === "any" ? "over any channel" : `over ${channel}`}, until somebody takes it off the list.`,
    fields: html`<label for="why">Why (others see it)</label><input id="why" name="why" maxlength="200" autocomplete="off">`,
    act: "Suppress",
    isDangerous: true,
  });
  if (!values) return;
  const path = `/v1/suppressions/${channel}/${encodeURIComponent(asked.recipient)}`;
  const isDone = await attempt(() => ask(path, { method: "PUT", body: values.why ? { why: values.why } : {} }), "Nothing more is sent there.", {
    undo: { label: "Undo", act: () => attempt(() => ask(path, { method: "DELETE" }), "It is off the list.").then(refresh) },
  });
  if (isDone) refresh();
}

function refresh() {
  list.rows.slice(0, 20).forEach((one) => list.stale.add(one.id));
  list.refresh();
}

const field = (name, label, extra = {}) => html`<span class=${extra.wide ? "wide" : ""}><label for="by-${name}">${label}</label>
  <input id="by-${name}" name=${name} .value=${asked[name]} placeholder=${extra.example || ""} maxlength="300" autocomplete="off"></span>`;

const choice = (name, label, values, words) => html`<span><label for="by-${name}">${label}</label>
  <select id="by-${name}" name=${name}>${values.map((one) => html`<option value=${one} ?selected=${asked[name] === one}>${one.replaceAll("_", " ") || words}</option>`)}</select></span>`;

function filters() {
  return html`<form class="filters" @submit=${apply} aria-label="Filters">
    ${field("recipient", "Recipient", { wide: true, example: "a number, an address, a name" })}
    ${choice("channel", "Channel", ["", ...channels], "any")}
    ${choice("state", "State", STATES, "any")}
    ${field("since", "Made since", { example: "2026-11-28T09:00Z" })}
    ${asked.batch ? field("batch", "Batch") : nothing}
    <button class="quiet" type="submit">Search</button></form>`;
}

function draw() {
  const entry = asked.recipient && list.rows.find((one) => one.suppression)?.suppression;
  const title = asked.recipient ? html`To ${plain(asked.recipient)}` : "Notifications";
  if (asked.recipient) document.title = `To ${seen(asked.recipient)} · Usher`;
  const isFiltered = FILTERS.some((name) => asked[name]);
  paint(html`
    ${asked.recipient ? html`<p class="note"><a href="/notifications">Notifications</a></p>` : nothing}
    <div class="head"><h1>${title}</h1><div class="buttons">
      ${asked.recipient && may("suppress") && !entry ? html`<button class="danger quiet" type="button" @click=${suppress}>Suppress</button>` : nothing}
      ${may("survey") ? html`<a class="button quiet" href=${withQuery("/suppressions", entry ? { list: entry.channel, q: entry.address } : { q: asked.recipient })}>Suppressions</a>` : nothing}
      ${sandbox.button()}</div></div>
    ${sandbox.banner()}
    ${entry ? html`<div class="notice"><p>${suppressed(entry)}.</p></div>` : nothing}
    ${filters()}
    ${list.draw(isFiltered ? html`No notification fits. <a href="/notifications">Show all</a>`
      : html`Nothing was sent yet. <code>POST /v1/notifications</code> sends a first one; <a href="/docs/">the documents</a> let you try.`)}`);
}

document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && list.look());
draw();
loadChannels();
sandbox.load();
await list.load();
if (may("survey")) follow("jobs", (told, kind) => {
  sandbox.look();
  list.take(kind === "message" ? told : { jobs: [] }, kind);
});
