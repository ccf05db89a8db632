// The page of a customer: what holds its jobs back, and all its reservations, newest first; live.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may, withQuery } from "./ask.js";
import { follow } from "./live.js";
import { painter } from "./paint.js";
import { maySteer, partsOf, resume, why } from "./pauses.js";
import { ReservationList } from "./reservation_list.js";

const ABOUT_RESERVATIONS = /^(reserve_|confirm$|release$|reduce$|extend$)/;
const REST_MS = 2_000; // between two looks: a busy sale tells of others' reservations all the time
const { customer } = document.getElementById("main").dataset;
const paint = painter(document.getElementById("customer"));
const path = `/v1/customers/${encodeURIComponent(customer)}/reservations`;
let timer = 0, held = []; // the pauses of keys that are this customer's name: [group, pause]

/** Jobs whose key is the customer's name may be paused, type by type. */
async function lookAtPauses() {
  if (!may("survey")) return;
  const { paused } = await ask("/v1/stats");
  held = Object.entries(paused).filter(([group]) => partsOf(group).key === customer);
}

async function goOn(group) {
  if (await resume(group)) soon();
}

const notice = ([group, known]) => html`<div class="notice" data-pause=${group}><p><b>Paused:</b> this customer’s jobs of the type
  <a href=${withQuery("/jobs", { type: partsOf(group).type })}>${partsOf(group).type}</a> wait ${why(known)}.</p>
  ${maySteer(group) ? html`<p><button class="quiet small" type="button" @click=${() => goOn(group)}>Resume</button></p>` : nothing}</div>`;

function draw() {
  paint(html`${held.map(notice)}${list.draw()}<p class="note">What waits or was refused took nothing: it is among the jobs.
    <a href=${withQuery("/jobs", { q: customer })}>Search them</a>${may("survey") ? nothing : " You see what is your own."}</p>`);
}

function soon() {
  timer ||= setTimeout(() => {
    timer = 0;
    lookAtPauses().catch(() => {}).then(() => list.showFresh(false)); // what is not known stays as it was
  }, REST_MS);
}

const list = new ReservationList(path, { customer }, draw);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
await lookAtPauses().catch(() => {}); // first, so that the rows do not move for it
await list.load();
if (may("survey")) follow("jobs", (told, kind) => (kind !== "message" || told.jobs.some((job) => ABOUT_RESERVATIONS.test(job.type))) && soon());
