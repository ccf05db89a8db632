// A change of a ledger as a sentence: who or what, and how many units.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { customerPage, linesInWords, price } from "./levels.js";
import { moment, number, plain, span } from "./words.js";

const NAMED = { max_per_customer: "at most per customer", hold_seconds: "held for", hold_max_seconds: "at most held for", name: "name" };

const customer = (name) => (name ? html` for <a href=${customerPage(name)}>${plain(name)}</a>` : nothing);
const units = (data) => html`<b>${linesInWords(data.lines || [])}</b>`;
const pool = (name) => (name === "stock" ? "The stock" : `Pool ${name}`);

function edited(changes) {
  const words = Object.entries(changes).map(([name, value]) => {
    if (name === "pools") return `new pools ${Object.entries(value).map(([each, { capacity }]) => `${each} (${number(capacity)})`).join(", ")}`;
    if (name === "prices") return `prices ${Object.entries(value).map(([each, cost]) => `${each} ${price(cost) || "none"}`).join(", ")}`;
    if (name === "price") return `price ${price(value) || "none"}`;
    if (name.endsWith("_seconds")) return `${NAMED[name]} ${span(value * 1_000)}`;
    return html`${NAMED[name] || name} ${value === null ? "no limit" : plain(value)}`;
  });
  return html`Edited: ${words.map((word, place) => html`${place ? "; " : ""}${word}`)}.`;
}

const SENTENCES = {
  created: ({ pools }) => `Put on sale with ${Object.entries(pools).map(([name, { capacity }]) =>
    (name === "stock" ? `${number(capacity)} units` : `${number(capacity)} ${name}`)).join(", ")}.`,
  held: (data) => html`${units(data)} held${customer(data.customer)} until ${moment(data.expires_ms)}.`,
  sold: (data) => html`${units(data)} sold${customer(data.customer)}.`,
  confirmed: (data) => (data.was === "expired" ? html`Taken again after the deadline, and sold: ${units(data)}.` : html`Sold: ${units(data)}${customer(data.customer)}.`),
  extended: (data) => html`Held longer, until ${moment(data.expires_ms)}.`,
  reduced: (data) => html`${units(data)} given back; the rest stays ${data.was === "confirmed" ? "sold" : "held"}.`,
  released: (data) => html`Given back: ${units(data)}, which ${data.was === "confirmed" ? "were sold" : "were held"}.`,
  expired: (data) => html`The deadline passed, and ${units(data)} became free.`,
  restocked: (data) => `${pool(data.pool)} has ${number(data.quantity)} more: ${number(data.capacity)} in total.`,
  capacity_changed: (data) => `${pool(data.pool)} is resized to ${number(data.capacity)}.`,
  opened: () => "The sale was opened.",
  closed: () => "The sale was closed.",
  archived: () => "It was archived.",
  cancelled: () => "The show was cancelled.",
  edited: (data) => edited(data.changes),
};

/** What an entry of a ledger says. An event of a later release is named as it is. */
export const sentence = ({ event, data }) => (SENTENCES[event] ? SENTENCES[event](data) : `${event}: ${JSON.stringify(data)}`);

/** Is an entry about a reservation? Others are about the show or product itself. */
export const isAboutReservation = ({ event }) => ["held", "sold", "confirmed", "extended", "reduced", "released", "expired"].includes(event);

/** The moment of an entry, from its id. */
export const atMs = ({ id }) => Number(id.split("-")[0]);
