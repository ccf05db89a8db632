// The box office: all shows and products with what is sold, held and free; live; and a way to make new ones.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, may, withQuery } from "./ask.js";
import { gathered } from "./bursts.js";
import { createProduct, createShow } from "./inventory_forms.js";
import { addKey } from "./keyboard.js";
import { bar, numbers, pageOf, poolsOf, price, status, targetOf, totalOf } from "./levels.js";
import { follow } from "./live.js";
import { painter } from "./paint.js";
import { number, plain, noticeOf } from "./words.js";

// Jobs after which levels differ.
const CHANGING = /^(reserve_|confirm|release|reduce|extend|restock|set_|create_inventory|edit_|delete_|archive_|cancel_)/;
const REST_MS = 700; // between two looks at all of them
const paint = painter(document.getElementById("box-office"));
const showsArchived = new URLSearchParams(location.search).has("archived");
let shows = null, products = null, problem = null;

async function load() {
  const archived = showsArchived ? "true" : "";
  try {
    const [some, others] = await Promise.all(["/v1/shows", "/v1/products"].map((path) => ask(withQuery(path, { archived }))));
    ({ shows } = some);
    ({ products } = others);
    problem = null;
  } catch (error) {
    problem = error;
  }
  draw();
}

const soon = gathered(load, REST_MS);

async function make(create, kind) {
  const made = await create();
  if (made) location.assign(pageOf(`${kind}:${made.id}`)); // without an id of its own it has that of its job, also in a 202
}

function prices(one) {
  const known = [...new Set(poolsOf(one).map((pool) => pool.price).filter((value) => value != null))].sort((a, b) => a - b);
  if (!known.length) return nothing;
  const [low, high] = [known[0], known[known.length - 1]];
  return html`<span class="tag">${low === high ? price(low) : `${price(low)} to ${price(high)}`}</span>`;
}

const row = (one) => html`<li class="card stock" data-row=${targetOf(one)}>
  <h3><a href=${pageOf(targetOf(one))}>${plain(one.name)}</a></h3>
  <p class="note tags">${status(one)} ${prices(one)}${
    one.max_per_customer ? html` <span class="tag">${number(one.max_per_customer)} per customer</span>` : nothing}</p>
  ${bar(totalOf(one))}${numbers(totalOf(one))}
</li>`;

const list = (all, empty) =>
  all.length ? html`<ul class="cards plain-list">${repeat(all, (one) => one.id, row)}</ul>` : html`<p class="empty">${empty}</p>`;

function draw() {
  const error = noticeOf(problem);
  if (!shows) return paint(html`<div class="head"><h1>Box office</h1></div>${error}`);
  paint(html`
    <div class="head"><h1>Box office</h1>${may("set_up") ? html`<div class="buttons">
      <button type="button" @click=${() => make(createShow, "show")}>New show</button>
      <button type="button" class="quiet" @click=${() => make(createProduct, "product")}>New product</button></div>` : nothing}</div>
    ${error}
    <h2>Shows</h2>${list(shows, may("set_up") ? "No show yet. Put the first one on sale with “New show”." : "No show yet.")}
    <h2>Products</h2>${list(products, may("set_up") ? "No product yet. “New product” makes one." : "No product yet.")}
    <p class="note more"><a href=${showsArchived ? "/box-office" : "/box-office?archived"}>${
      showsArchived ? "Leave out what is archived" : "Show what is archived, too"}</a></p>`);
}

if (may("set_up")) {
  addKey("n", "New show", () => make(createShow, "show"));
  addKey("p", "New product", () => make(createProduct, "product"));
}
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && soon());
await load();
if (may("survey")) follow("jobs", (told, kind) => (kind !== "message" || told.jobs.some((job) => CHANGING.test(job.type))) && soon());
