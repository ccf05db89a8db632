// The page of a customer: all its reservations, newest first; live.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { may, withQuery } from "./ask.js";
import { follow } from "./live.js";
import { painter } from "./paint.js";
import { ReservationList } from "./reservation_list.js";

const ABOUT_RESERVATIONS = /^(reserve_|confirm$|release$|reduce$|extend$)/;
const REST_MS = 2_000; // between two looks: a busy sale tells of others' reservations all the time
const { customer } = document.getElementById("main").dataset;
const paint = painter(document.getElementById("customer"));
const path = `/v1/customers/${encodeURIComponent(customer)}/reservations`;
let timer = 0;

function draw() {
  paint(html`${list.draw()}<p class="note">What waits or was refused took nothing: it is among the jobs.
    <a href=${withQuery("/jobs", { q: customer })}>Search them</a>${may("survey") ? nothing : " You see what is your own."}</p>`);
}

function soon() {
  timer ||= setTimeout(() => {
    timer = 0;
    list.showFresh(false);
  }, REST_MS);
}

const list = new ReservationList(path, { customer }, draw);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
await list.load();
if (may("survey")) follow("jobs", (told, kind) => (kind !== "message" || told.jobs.some((job) => ABOUT_RESERVATIONS.test(job.type))) && soon());
