// The batches, those that changed last first; what is shown changes in place, and new ones wait behind a button.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, may, withQuery } from "./ask.js";
import { bar, inWords, nameOf, standing } from "./batch_words.js";
import { gathered } from "./bursts.js";
import { follow } from "./live.js";
import { painter } from "./paint.js";
import { ago, count, plain } from "./words.js";

const PAGE = 50;
const REST_MS = 1_000; // between two looks: a busy system tells of jobs all the time
const paint = painter(document.getElementById("batches"));
let batches = [], fresh = [], cursor = "", isLoading = false, problem = null;

const page = (from) => ask(withQuery("/v1/batches", { limit: PAGE, cursor: from }));

async function load() {
  if (isLoading || cursor === null) return;
  isLoading = true;
  try {
    // A page may be short before the end: go on until it has something to show.
    for (const had = batches.length; cursor !== null && batches.length - had < PAGE / 2; ) {
      const found = await page(cursor);
      const known = new Set(batches.map((one) => one.id));
      batches = [...batches, ...found.batches.filter((one) => !known.has(one.id))];
      cursor = found.cursor;
    }
    problem = null;
  } catch (error) {
    problem = error;
  }
  isLoading = false;
  draw();
}

/** What changed last is on the first page. */
async function look() {
  try {
    const found = await page("");
    const now = new Map(found.batches.map((one) => [one.id, one]));
    const known = new Set(batches.map((one) => one.id));
    batches = batches.map((one) => now.get(one.id) || one);
    fresh = found.batches.filter((one) => !known.has(one.id));
    if (!known.size) showFresh();
    problem = null;
  } catch (error) {
    problem = error;
  }
  draw();
}

function showFresh() {
  if (fresh.length === PAGE) location.reload(); // more than a page came: begin anew
  batches = [...fresh, ...batches];
  fresh = [];
  draw();
  scrollTo({ top: 0 });
}

const row = (one) => html`<tr data-row=${one.id}>
  <td class="wide"><a href="/batches/${one.id}">${plain(nameOf(one))}</a><br><span class="note id">${one.id}</span></td>
  <td class="wide parts">${bar(one)}<span class="note">${inWords(one)}</span></td>
  <td>${standing(one)}</td>
  <td class="number">${ago(one.created_ms)}</td>
</tr>`;

const empty = () => html`<div class="empty"><p>There are no batches${may("survey") ? "" : " of yours"}.</p>
  <p>Jobs or notifications that come in one request are a batch: an array, a template with recipients, or lines.</p></div>`;

function draw() {
  paint(html`
    <p class="fresh">${fresh.length ? html`<button class="quiet" type="button" @click=${showFresh}>${
      fresh.length === PAGE ? "Show new batches" : `Show ${count(fresh.length, "new batch", "new batches")}`}</button>` : nothing}</p>
    ${problem ? html`<div class="notice error" role="alert"><p>${problem.message}</p></div>` : nothing}
    ${batches.length
      ? html`<div class="scroll"><table class="rows"><caption class="away">Batches, those that changed last first</caption>
          <thead><tr><th>Batch</th><th>How it goes</th><th>State</th><th class="number">Made</th></tr></thead>
          <tbody>${repeat(batches, (one) => one.id, row)}</tbody></table></div>`
      : cursor === null && !problem ? empty() : nothing}
    <p class="note" id="end">${isLoading ? "Loading…" : cursor === null && batches.length ? `${count(batches.length, "batch", "batches")}. There are no more.` : nothing}</p>`);
  ends.disconnect();
  ends.observe(document.getElementById("end"));
}

const ends = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && !problem && load(), { rootMargin: "600px" });
const soon = gathered(look, REST_MS);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
await load();
if (may("survey")) follow("jobs", soon);
