// The batches, those that changed last first; what is shown changes in place, and new ones wait behind a button.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, may, withQuery } from "./ask.js";
import { bar, inWords, nameOf, standing } from "./batch_words.js";
import { gathered } from "./bursts.js";
import { Listing } from "./listing.js";
import { follow } from "./live.js";
import { painter } from "./paint.js";
import { Sandbox } from "./sandbox.js";
import { ago, count, plain, noticeOf } from "./words.js";

const PAGE = 50;
const REST_MS = 1_000; // between two looks: a busy system tells of jobs all the time
const paint = painter(document.getElementById("batches"));
let fresh = [];

const page = async (cursor) => {
  const found = await ask(withQuery("/v1/batches", { limit: PAGE, cursor }));
  return { rows: found.batches, cursor: found.cursor };
};
const list = new Listing(page, draw);
const sandbox = new Sandbox(draw);

/** What changed last is on the first page. */
async function look() {
  try {
    const { rows } = await page("");
    list.renew(rows);
    fresh = list.unknown(rows);
    if (!list.rows.length) showFresh();
    list.problem = null;
  } catch (error) {
    list.problem = error;
  }
  draw();
}

function showFresh() {
  if (fresh.length === PAGE) location.reload(); // more than a page came: begin anew
  list.rows = [...fresh, ...list.rows];
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
    ${sandbox.banner()}
    <p class="fresh">${fresh.length ? html`<button class="quiet" type="button" @click=${showFresh}>${
      fresh.length === PAGE ? "Show new batches" : `Show ${count(fresh.length, "new batch", "new batches")}`}</button>` : nothing}</p>
    ${noticeOf(list.problem)}
    ${list.rows.length
      ? html`<div class="scroll"><table class="rows"><caption class="away">Batches, those that changed last first</caption>
          <thead><tr><th>Batch</th><th>How it goes</th><th>State</th><th class="number">Made</th></tr></thead>
          <tbody>${repeat(list.rows, (one) => one.id, row)}</tbody></table></div>`
      : list.isEmpty ? empty() : nothing}
    <p class="note" id="end-of-list">${list.isLoading ? "Loading…" : list.isWhole ? `${count(list.rows.length, "batch", "batches")}. There are no more.` : nothing}</p>`);
  list.watchEnd();
}

const lookSoon = gathered(look, REST_MS);
function soon() {
  sandbox.look();
  lookSoon();
}
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
sandbox.load();
await list.load();
if (may("survey")) follow("jobs", soon);
