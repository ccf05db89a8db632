// The page of a show or product in the box office: its levels and limits, what can be done, its reservations and changes; live.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may, withQuery } from "./ask.js";
import { gathered } from "./bursts.js";
import { ACTS, IS_DANGEROUS, LABELS, actionsOf } from "./inventory_actions.js";
import { addKey } from "./keyboard.js";
import { Audit, Ledger } from "./ledger.js";
import { bar, numbers, poolsOf, price, status, totalOf } from "./levels.js";
import { follow } from "./live.js";
import { tell } from "./messages.js";
import { painter } from "./paint.js";
import { ReservationList } from "./reservation_list.js";
import { number, plain, seen, span, noticeOf } from "./words.js";

const { kind, id } = document.getElementById("main").dataset;
const path = `/v1/${kind}s/${encodeURIComponent(id)}`;
const paint = painter(document.getElementById("inventory"));
const VIEWS = [["", "Reservations"], ["changes", "Changes"], ["audit", "Audit"]];
const view = may("survey") ? new URLSearchParams(location.search).get("view") || "" : "";
const shown = { changes: () => new Ledger(path, draw), audit: () => new Audit(path, draw) };
const list = (shown[view] || (() => new ReservationList("/v1/reservations", { [kind]: id }, draw)))();
let one = null, problem = null;

async function load() {
  try {
    one = await ask(path);
    problem = null;
  } catch (error) {
    problem = error;
  }
  draw();
}

const soon = gathered(load, 250);

function take(told, name) {
  if (name === "message") {
    list.take?.(told);
    list.more?.();
    return soon();
  }
  one = told;
  if (name === "reset") {
    list.takeReset?.();
    list.more?.();
  }
  draw();
}

async function act(name) {
  if (await ACTS[name](one)) await load();
}

async function copyLink() {
  const link = new URL(`/${kind}s/${encodeURIComponent(id)}`, location.href).href;
  try {
    await navigator.clipboard.writeText(link);
    tell("The address of the buyers’ page is copied.");
  } catch {
    tell(link);
  }
}

const pair = (name, value) => html`<dt>${name}</dt><dd>${value}</dd>`;

function facts() {
  return html`<dl class="pairs">
    ${pair("Id", html`<span class="id">${one.id}</span>`)}
    ${pair("At most per customer", one.max_per_customer === null ? "no limit" : number(one.max_per_customer))}
    ${pair("Held for", html`${span(one.hold_seconds * 1_000)}, with extensions at most ${span(one.hold_max_seconds * 1_000)}`)}
    ${pair("Edited", one.edition ? `${number(one.edition)} times` : "never")}
    ${pair("Changes", may("survey") ? html`<a href=${withQuery(location.pathname, { view: "changes" })}>${number(one.version)}</a>` : number(one.version))}
    ${pair("For buyers", html`<a href="/${kind}s/${encodeURIComponent(id)}">Their page</a> <button class="plain note" type="button" @click=${copyLink}>Copy its address</button>`)}
    ${pair("Elsewhere", html`<a href=${withQuery("/jobs", { target: `${kind}:${id}` })}>Its jobs</a>, <a href=${path}>JSON</a>`)}
  </dl>`;
}

const level = (pool) => html`<div class="card"><h3>${kind === "show" ? pool.name : "Stock"}${
  pool.price == null ? nothing : html` <span class="tag">${price(pool.price)}</span>`}</h3>${bar(pool)}${numbers(pool)}</div>`;

function levels() {
  const pools = poolsOf(one);
  return html`<h2 class="away">Levels</h2><div class="cards">${pools.length > 1 ? html`<div class="card"><h3>All together</h3>${bar(totalOf(one))}${numbers(totalOf(one))}</div>` : nothing}
    ${pools.map(level)}</div>`;
}

function draw() {
  if (!one) {
    if (problem) paint(html`<div class="head"><h1>${id}</h1></div>${noticeOf(problem)}<p><a href="/box-office">Box office</a></p>`);
    return;
  }
  document.title = `${seen(one.name)} · Usher`;
  paint(html`
    <p class="note"><a href="/box-office">Box office</a></p>
    <div class="head"><h1>${plain(one.name)}</h1>${status(one)}
      <div class="buttons">${actionsOf(one).map((name) => html`<button type="button" class=${IS_DANGEROUS.has(name) ? "danger quiet" : "quiet"}
        @click=${() => act(name)}>${LABELS[name]}</button>`)}</div></div>
    ${noticeOf(problem)}
    ${one.paused ? html`<div class="notice"><p>It is paused: reservations and changes wait until somebody resumes it.</p></div>` : nothing}
    ${one.status === "cancelled" ? html`<div class="notice error"><p>This show was cancelled: it sells nothing any more.</p></div>` : nothing}
    ${levels()}
    <details class="facts" ?open=${matchMedia("(min-width: 52rem)").matches}><summary>Limits and more</summary>${facts()}</details>
    <nav class="views" aria-label="Views">${VIEWS.slice(0, may("survey") ? 3 : 1).map(([name, label]) => html`<a href=${withQuery(location.pathname, { view: name })}
      aria-current=${view === name ? "page" : nothing}>${label}</a>`)}</nav>
    <section id="view">${list.draw()}</section>`);
}

for (const [key, names, label] of [["o", ["open", "close"], "Open or close the sale"], ["p", ["pause", "resume"], "Pause or resume"],
  ["e", ["edit"], "Edit"], ["s", ["restock"], "Restock"], ["z", ["resize"], "Resize"]]) {
  addKey(key, label, () => {
    const name = one && names.find((each) => actionsOf(one).includes(each));
    return name ? act(name) : false;
  });
}
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
await load();
if (one && view !== "audit") await list.load();
if (one && may("survey")) follow(`${kind}:${id}`, take, load);
