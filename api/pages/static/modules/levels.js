// Levels: how much of a pool is sold, held and free, as a bar and in words; and how shows and products are written.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { number } from "./words.js";

const PRICE = new Intl.NumberFormat(undefined, { minimumFractionDigits: 0, maximumFractionDigits: 2 });
const VAST_PRICE = new Intl.NumberFormat(undefined, { notation: "scientific", maximumFractionDigits: 2 });

/** Show or product, by its own JSON. */
export const kindOf = (one) => (one.pools ? "show" : "product");
export const targetOf = (one) => `${kindOf(one)}:${one.id}`;

/** Its pools as a list of {name, capacity, held, sold, available, price}; a product has one, `stock`. */
export function poolsOf(one) {
  if (!one.pools) return [{ name: "stock", ...one }];
  return Object.entries(one.pools).map(([name, pool]) => ({ ...pool, name }));
}

/** All its pools together. */
export function totalOf(one) {
  const sum = (name) => poolsOf(one).reduce((total, pool) => total + pool[name], 0);
  return { capacity: sum("capacity"), held: sum("held"), sold: sum("sold"), available: sum("available") };
}

/** A price without a currency, since Usher knows none. A number may be far longer than a line. */
export const price = (value) => (value == null ? "" : (value < 1e15 ? PRICE : VAST_PRICE).format(value));

export const levelWords = (level) =>
  `${number(level.sold)} sold, ${number(level.held)} held, ${number(level.available)} free of ${number(level.capacity)}`;

/** A bar of one level. What it shows stands beside it in words, too. */
export function bar(level) {
  const part = (units) => (level.capacity ? `${(100 * units) / level.capacity}%` : "0%");
  return html`<svg class="level" role="img" aria-label=${levelWords(level)}>
    <rect class="all" width="100%" height="100%"></rect>
    <rect class="held" width=${part(level.sold + level.held)} height="100%"></rect>
    <rect class="sold" width=${part(level.sold)} height="100%"></rect>
  </svg>`;
}

/** The numbers of a level under its bar; each with the colour that it has there. */
export const numbers = (level) => html`<p class="level-words note">
  <span class="sold"><b>${number(level.sold)}</b> sold</span>
  <span class="held"><b>${number(level.held)}</b> held</span>
  <span class="free"><b>${number(level.available)}</b> free</span>
  <span>of ${number(level.capacity)}</span></p>`;

/** What its sale is: the status, and whether jobs about it wait. */
export const statusWords = { on_sale: "on sale", closed: "closed", cancelled: "cancelled", archived: "archived" };
export const status = (one) => html`<span class="state ${one.status}">${statusWords[one.status]}</span>${
  one.paused ? html` <span class="state paused">paused</span>` : nothing}`;

/** Lines of a reservation in words: "2 floor, 1 balcony", or "3 units" of a product. */
export const linesInWords = (lines) =>
  lines.map(({ pool, quantity, target }) => {
    const units = pool === "stock" ? `${number(quantity)} ${quantity === 1 ? "unit" : "units"}` : `${number(quantity)} ${pool}`;
    return target ? `${units} (${target})` : units;
  }).join(", ") || "nothing";

/** The page of a customer, whatever the name is. */
export const customerPage = (name) => `/customers/${encodeURIComponent(name)}`;

/** The page of a target such as show:hamlet, in the box office. */
export function pageOf(target) {
  const at = target.indexOf(":");
  return `/box-office/${target.slice(0, at)}s/${encodeURIComponent(target.slice(at + 1))}`;
}
