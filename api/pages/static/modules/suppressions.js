// The suppression lists: search, add, remove, import, export.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, may, withQuery } from "./ask.js";
import { addKey } from "./keyboard.js";
import { Listing } from "./listing.js";
import { attempt, inquire, tell } from "./messages.js";
import { painter } from "./paint.js";
import { save } from "./saving.js";
import { addressesOf, importAll } from "./suppression_files.js";
import { ago, count, number, plain, noticeOf } from "./words.js";

const PAGE = 100, SEARCHED = 10; // pages of a search without a hit before the reader is asked
const paint = painter(document.getElementById("suppressions"));
const given = new URLSearchParams(location.search);
const name = given.get("list") || "any", q = given.get("q") || "";
const path = `/v1/suppressions/${encodeURIComponent(name)}`;
let lists = [];

const page = async (cursor) => {
  const found = await ask(withQuery(path, { q, cursor, limit: PAGE }));
  return { rows: found.suppressions, cursor: found.cursor };
};
const list = new Listing(page, draw, { first: 0, enough: PAGE / 2, pages: SEARCHED, key: "address" });

async function loadSizes() {
  try {
    lists = (await ask("/v1/suppressions")).lists;
  } catch (error) {
    list.problem = error;
  }
  draw();
}

async function again() {
  await Promise.all([loadSizes(), list.reload()]);
}

const put = (address, why) => ask(`${path}/${encodeURIComponent(address)}`, { method: "PUT", body: why ? { why } : {} });

async function add() {
  const made = await inquire({
    title: name === "any" ? "Send nothing to" : `Send nothing over ${name} to`,
    fields: html`<label for="address">Address: a number, a mail address, a URL, a name</label><input id="address" name="address" required maxlength="2000" autocomplete="off">
      <label for="why">Why (others see it)</label><input id="why" name="why" maxlength="200" autocomplete="off">`,
    act: "Add",
    check: ({ address, why }) => put(address.trim(), why.trim()),
  });
  if (!made) return;
  tell(html`${plain(made.address)} is on the list.`);
  await again();
}

async function remove(one) {
  const isDone = await attempt(() => ask(`${path}/${encodeURIComponent(one.address)}`, { method: "DELETE" }), html`${plain(one.address)} is off the list.`, {
    undo: { label: "Undo", act: () => attempt(() => put(one.address, one.why), "It is on the list again.").then(again) },
  });
  if (!isDone) return;
  list.rows = list.rows.filter((other) => other.address !== one.address);
  await loadSizes();
}

async function importFile() {
  const done = await inquire({
    title: name === "any" ? "Import" : `Import to the list of ${name}`,
    words: "CSV with the columns address and why, a plain list with one address a line, or lines of JSON as the export has them.",
    fields: html`<label for="file">File</label><input id="file" name="file" type="file" accept=".csv,.txt,.ndjson,.jsonl" required>
      <progress id="taken" max="1" value="0" aria-label="Taken"></progress>`,
    act: "Import",
    check: async ({ file }) => {
      const addresses = addressesOf(await file.text());
      return importAll(name, addresses, (taken) => (document.getElementById("taken").value = taken / addresses.length));
    },
  });
  if (!done) return;
  tell(`${count(done.added, "address", "addresses")} added, ${number(done.known)} known already.`);
  await again();
}

const exported = (kind, ending) => attempt(() => save(path, kind, `suppressions-${name}.${ending}`));

const row = (one) => html`<tr data-row=${one.address}>
  <td class="wide"><a href=${withQuery("/notifications", { recipient: one.address, channel: name === "any" ? "" : name })}>${plain(one.address)}</a></td>
  <td class="wide">${plain(one.why)}</td><td class="number">${ago(one.since_ms)}</td>
  ${may("suppress") ? html`<td><button class="quiet small" type="button" @click=${() => remove(one)}>Remove<span class="away"> ${plain(one.address)}</span></button></td>` : nothing}</tr>`;

function apply(event) {
  event.preventDefault();
  location.assign(withQuery(location.pathname, { list: name, q: new FormData(event.target).get("q").trim() }));
}

function draw() {
  const tab = ({ channel, size }) => html`<li><a href=${withQuery(location.pathname, { list: channel, q })}
    aria-current=${channel === name ? "page" : nothing}>${channel === "any" ? "Any channel" : channel}<span class="number">${number(size)}</span></a></li>`;
  const head = html`<div class="head"><h1>Suppressions</h1><div class="buttons">
    ${may("suppress") ? html`<button type="button" @click=${add}>Add</button><button class="quiet" type="button" @click=${importFile}>Import</button>` : nothing}
    ${may("survey") ? html`<button class="quiet" type="button" @click=${() => exported("text/csv", "csv")}>Export CSV</button>
      <button class="quiet" type="button" @click=${() => exported("application/x-ndjson", "ndjson")}>Export NDJSON</button>` : nothing}</div></div>`;
  const error = noticeOf(list.problem);
  if (!may("survey")) return paint(html`${head}<p class="notice">Your key may not see who is suppressed.</p>`);
  paint(html`${head}${error}
    <ul class="tabs" aria-label="Lists">${lists.map(tab)}</ul>
    <form class="filters" @submit=${apply}><span class="wide"><label for="by-q">Address, or a part of it</label>
      <input id="by-q" name="q" .value=${q} maxlength="200" autocomplete="off"></span><button class="quiet" type="submit">Search</button></form>
    ${list.rows.length ? html`<div class="scroll"><table class="rows"><caption class="away">Suppressed addresses</caption>
        <thead><tr><th>Address</th><th>Why</th><th class="number">Since</th>${may("suppress") ? html`<th><span class="away">Remove</span></th>` : nothing}</tr></thead>
        <tbody>${repeat(list.rows, (one) => one.address, row)}</tbody></table></div>`
      : list.isEmpty ? html`<p class="empty">${q ? html`No address on this list fits. <a href=${withQuery(location.pathname, { list: name })}>Show all</a>` : "Nobody is on this list."}</p>` : nothing}
    <p class="note">${list.isLoading ? "Loading…" : list.cursor !== null && !list.problem ? html`<button class="quiet" type="button" @click=${() => list.load()}>${q ? "Search on" : "Show more"}</button>` : nothing}</p>`);
}

if (may("suppress")) {
  addKey("a", "Add an address", add);
  addKey("i", "Import a file", importFile);
}
draw();
if (may("survey")) await again();
