// The audit log: who changed what, when, and how it ended; the newest first. For admins.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, may, withQuery } from "./ask.js";
import { Listing } from "./listing.js";
import { attempt } from "./messages.js";
import { painter } from "./paint.js";
import { save } from "./saving.js";
import { count, moment, plain, noticeOf } from "./words.js";

const PAGE = 100, SEARCHED = 5; // pages of a search without a hit before the reader is asked
const FILTERS = [["who", "Who", "an owner, a key, a user"], ["what", "What", "pause_type"], ["on", "On", "job:ID, show:hamlet"], ["since", "Since", "2026-11-28T09:00Z"], ["until", "Until", ""]];
const LOOKS = { done: "complete", refused: "delayed", failed: "failed", unknown: "queued" };
const PAGES = { job: "/jobs/", batch: "/batches/", show: "/box-office/shows/", product: "/box-office/products/", reservation: "/reservations/" };
const paint = painter(document.getElementById("audit"));
const given = new URLSearchParams(location.search);
const asked = Object.fromEntries(FILTERS.map(([name]) => [name, given.get(name) || ""]));

const page = async (cursor) => {
  const found = await ask(withQuery("/v1/audit", { ...asked, cursor, limit: PAGE }));
  return { rows: found.changes, cursor: found.cursor };
};
const list = new Listing(page, draw, { enough: PAGE / 2, pages: SEARCHED });

/** Whoever comes back to the page sees what came meanwhile. An entry is replaced when its change ends. */
async function look() {
  if (list.isLoading || !list.rows.length) return;
  try {
    const { rows, cursor } = await page("");
    const last = rows.at(-1)?.at_ms ?? 0;
    list.rows = cursor ? [...rows, ...list.rows.filter((one) => one.at_ms < last)] : rows;
    list.problem = null;
  } catch (error) {
    list.problem = error;
  }
  draw();
}

function thing(name) {
  const at = name.indexOf(":");
  const place = PAGES[name.slice(0, at)];
  return place ? html`<a href=${place + encodeURIComponent(name.slice(at + 1))}>${plain(name)}</a>` : plain(name);
}

const BY = { nobody: "without a key", key: "with a key", session: "in a browser", token: "with a token", command: "by a command" };

const row = (one) => html`<tr data-row=${one.id}>
  <td>${moment(one.at_ms)}</td>
  <td class="wide"><b>${plain(one.owner || "somebody")}</b><br><span class="note">${BY[one.by]}${one.key_id ? html` <span class="id">${one.key_id}</span>` : nothing}${one.address ? html`, from ${plain(one.address)}` : nothing}</span></td>
  <td class="wide">${plain(one.what.replaceAll("_", " "))}<br><span class="note">${one.on.map((name, place) => html`${place ? ", " : ""}${thing(name)}`)}</span></td>
  <td><span class="state ${LOOKS[one.outcome]}">${one.outcome}</span>${one.code ? html`<br><span class="note">${one.code.replaceAll("_", " ")}</span>` : nothing}</td>
</tr>`;

function apply(event) {
  event.preventDefault();
  location.assign(withQuery(location.pathname, Object.fromEntries([...new FormData(event.target)].map(([name, value]) => [name, value.trim()]))));
}

const exported = () => attempt(() => save(withQuery("/v1/audit", asked), "application/x-ndjson", "audit.ndjson"));

function draw() {
  if (!may("review")) return paint(html`<div class="head"><h1>Audit</h1></div><p class="notice">Only an admin reads the audit log.</p>`);
  const isFiltered = Object.values(asked).some(Boolean);
  paint(html`<div class="head"><h1>Audit</h1><div class="buttons"><button class="quiet" type="button" @click=${exported}>Export NDJSON</button></div></div>
    <form class="filters" @submit=${apply} aria-label="Filters">${FILTERS.map(([name, label, example]) => html`<span class=${name === "on" ? "wide" : ""}>
      <label for="by-${name}">${label}</label><input id="by-${name}" name=${name} .value=${asked[name]} placeholder=${example} maxlength="300" autocomplete="off"></span>`)}
      <button class="quiet" type="submit">Filter</button></form>
    ${noticeOf(list.problem)}
    ${list.rows.length ? html`<div class="scroll"><table class="rows"><caption class="away">Changes, the newest first</caption>
        <thead><tr><th>When</th><th>Who</th><th>What</th><th>Ended</th></tr></thead><tbody>${repeat(list.rows, (one) => one.id, row)}</tbody></table></div>`
      : list.isEmpty ? html`<p class="empty">${isFiltered ? html`No change fits. <a href="/audit">Show all</a>` : "Nobody has changed anything yet."}</p>` : nothing}
    <p class="note">${list.isLoading ? "Loading…" : list.cursor !== null && !list.problem ? html`<button class="quiet" type="button" @click=${() => list.load()}>Show more</button>`
      : list.isWhole ? `${count(list.rows.length, "change")}. There are no more.` : nothing}</p>`);
}

document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && may("review") && look());
draw();
if (may("review")) await list.load();
