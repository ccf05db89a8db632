// The buyer's page: what is free, live; choose, reserve, wait in line, a countdown, confirm, give back.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { Problem, ask, freshKey } from "./ask.js";
import { mine } from "./buyer_reservation.js";
import { price } from "./levels.js";
import { forget, keepRequest, keepReservation, kept, onOtherTab } from "./own_reservation.js";
import { painter } from "./paint.js";
import { wordsFor } from "./refusals.js";
import { SaleStream } from "./sale_stream.js";
import { beat, hear } from "./server_clock.js";
import { number, plain, seen, span } from "./words.js";

const { kind, id } = document.getElementById("main").dataset;
const target = `${kind}:${id}`, path = `/${kind}s/${encodeURIComponent(id)}`;
const paint = painter(document.getElementById("buyer"));
const FEW = 10; // left of a pool: it says so
let level = null, own = null, saved = {}, chosen = {}, customer = "", wrong = "", isBusy = false, isGone = false;

function take(name, told) {
  if (told.now_ms) hear(told.now_ms);
  if (name === "level") level = told;
  else if (name === "reservation") own = told;
  else if (name === "gone") isGone = true;
  else if (name === "outdated") {
    wrong = wordsFor(new Problem(401, { code: "key_invalid" }));
    leave();
    return;
  }
  draw();
}

const stream = new SaleStream(`${path}/live`, take);

/** From now on about what is kept: a reservation, a request without an answer, or nothing. */
function begin() {
  saved = kept(target);
  if (!saved.token) own = null;
  stream.open(saved.token || "");
  if (saved.key) send(saved.key, saved.body);
}

function leave() {
  forget(target);
  begin();
  draw();
}

/** Does it; a refusal is shown in words. */
async function attempt(act) {
  if (isBusy) return;
  isBusy = true;
  wrong = "";
  draw();
  try {
    await act();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    wrong = wordsFor(problem);
  }
  isBusy = false;
  draw();
}

const send = (key, body) => attempt(async () => {
  try {
    const found = await ask(`${path}/reservations`, { method: "POST", body, key, token: "" });
    hear(found.now_ms);
    own = found.reservation;
    chosen = {};
    keepReservation(target, own, found.token);
    saved = kept(target);
    stream.open(found.token);
  } catch (problem) {
    if (problem.status && problem.status !== 503) forget(target); // otherwise nobody knows: the next try has the same key
    saved = kept(target);
    throw problem;
  }
});

const linesOf = () => level.pools.map(({ name }) => ({ pool: name, quantity: chosen[name] || 0 })).filter((line) => line.quantity);

function reserve(event) {
  event.preventDefault();
  const lines = linesOf();
  if (!lines.length) return (wrong = "Please choose how many."), draw();
  const who = customer.trim() ? { customer: customer.trim() } : {};
  const body = kind === "show" ? { lines, ...who } : { quantity: lines[0].quantity, ...who };
  const isSame = saved.key && JSON.stringify(saved.body) === JSON.stringify(body);
  const key = isSame ? saved.key : freshKey();
  keepRequest(target, key, body);
  return send(key, body);
}

const left = ({ available }) => (available === 0 ? "sold out" : available <= FEW ? `only ${number(available)} left` : `${number(available)} left`);

function choose(name, text) {
  chosen[name] = Math.max(0, Math.floor(Number(text) || 0));
  draw();
}

function pool(one) {
  const most = Math.min(one.available, level.units_at_most, level.max_per_customer ?? Infinity);
  const label = kind === "show" ? one.name : "How many";
  const value = chosen[one.name] || 0;
  const step = (by) => choose(one.name, Math.min(Math.max(value + by, 0), most));
  return html`<li class="pool"><div><label for="of-${one.name}">${label}</label>
      <span class="note">${one.price == null ? nothing : html`${price(one.price)} · `}<span class=${one.available <= FEW ? "scarce" : ""}>${left(one)}</span></span></div>
    ${level.sells ? html`<div class="stepper">
      <button class="quiet" type="button" aria-label="One less: ${label}" ?disabled=${value <= 0} @click=${() => step(-1)}>−</button>
      <input id="of-${one.name}" type="number" inputmode="numeric" min="0" max=${Math.max(most, value)} step="1" .value=${String(value)}
        @input=${(event) => choose(one.name, event.target.value)} ?disabled=${!one.available && !value}>
      <button class="quiet" type="button" aria-label="One more: ${label}" ?disabled=${value >= most} @click=${() => step(1)}>+</button></div>` : nothing}</li>`;
}

/** It stands there from the start, so that the button below does not move away from under a finger. */
function total() {
  if (level.pools.some((one) => one.price == null)) return nothing;
  const lines = linesOf().map(({ pool: name, quantity }) => [quantity, level.pools.find((one) => one.name === name).price]);
  return html`<p class="total"><span>Together</span> <b>${price(lines.reduce((sum, [quantity, cost]) => sum + quantity * cost, 0))}</b></p>`;
}

function form() {
  const isFull = level.pools.every((one) => !one.available);
  return html`<form class="choice" @submit=${reserve} novalidate>
    <ul class="plain-list">${level.pools.map(pool)}</ul>
    ${level.sells ? html`
      ${level.max_per_customer ? html`<p class="note">At most ${number(level.max_per_customer)} per customer.</p>` : nothing}
      <label for="customer">Your name or e-mail address${level.max_per_customer ? "" : " (if you like)"}</label>
      <input id="customer" maxlength="200" autocomplete="email" .value=${customer} @input=${(event) => (customer = event.target.value)}
        ?required=${Boolean(level.max_per_customer)}>
      ${total()}
      <button class="large" type="submit" ?disabled=${isBusy || isFull}>${isBusy ? "One moment…" : isFull ? "Sold out" : "Reserve"}</button>
      <p class="note">It is held for you for ${span(level.hold_seconds * 1_000)}, and costs nothing until you confirm.</p>`
    : html`<p class="notice">This is what is free right now. The shop sells on its own pages.</p>`}</form>`;
}

const CLOSED = {
  closed: "The sale is closed.",
  archived: "This is over.",
  cancelled: "This show does not take place.",
};

function body() {
  if (own) return mine({ own, level, path, token: saved.token, attempt, isBusy, leave, changed: (found) => ((own = { ...own, ...found }), draw()) });
  if (saved.token) return html`<p class="soft">Looking for your reservation…</p>`;
  return CLOSED[level.status] ? html`<p class="notice">${CLOSED[level.status]}</p>` : form();
}

function draw() {
  if (isGone) return paint(html`<h1>Nothing here</h1><p>${wordsFor(new Problem(404, { code: "inventory_not_found" }))}</p>`);
  if (!level) return undefined;
  document.title = seen(level.name);
  return paint(html`<h1>${plain(level.name)}</h1>
    ${level.paused && !own ? html`<p class="notice">The sale is paused for a moment. Whoever reserves now stands in line, and goes on as soon as it does.</p>` : nothing}
    <div role="alert">${wrong ? html`<p class="notice error">${wrong}</p>` : nothing}</div>
    ${body()}`);
}

onOtherTab(target, () => (begin(), draw()));
beat(() => own && draw(), () => stream.open());
begin();
