// Forms about shows and products: new ones, and edits. They send what they say; the API's words are shown if it refuses.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask } from "./ask.js";
import { kindOf, poolsOf } from "./levels.js";
import { inquire } from "./messages.js";

const MOST = 1_000_000_000;

/** A labelled input. `extra`: type, step, hint, and what else an input has. */
export function field(name, label, value = "", { type = "text", hint = "", isNeeded = false, min, max, step } = {}) {
  const noted = hint ? `${name}-hint` : nothing;
  return html`<div class="field"><label for="in-${name}">${label}</label>
    <input id="in-${name}" name=${name} type=${type} .value=${String(value ?? "")} ?required=${isNeeded} aria-describedby=${noted}
      min=${min ?? nothing} max=${max ?? nothing} step=${step ?? nothing} maxlength=${type === "text" ? 200 : nothing} autocomplete="off">
    ${hint ? html`<span class="note" id=${noted}>${hint}</span>` : nothing}</div>`;
}

const WHOLE = { type: "number", min: 0, max: MOST, step: 1 };
const PRICED = { type: "number", min: 0, step: "any" };
export const wholeField = (name, label, value, extra) => field(name, label, value, { ...WHOLE, ...extra });

/** A number, or null for an empty field. */
export const numberOr = (text, otherwise = null) => (text === undefined || text.trim() === "" ? otherwise : Number(text));

/** Only what was filled in. */
const given = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== ""));

const ID = { hint: "Letters, digits, _ . and -. If you leave it out, Usher makes one." };

function limits(one) {
  return html`<div class="side">
    ${wholeField("max_per_customer", "At most per customer", one?.max_per_customer, { min: 1, hint: "Empty: no limit" })}
    ${field("hold_seconds", "Held for, s", one?.hold_seconds, { type: "number", min: 0.001, step: "any", hint: one ? "" : "Empty: as the server says" })}
    ${field("hold_max_seconds", "At most held for, s", one?.hold_max_seconds, { type: "number", min: 0.001, step: "any", hint: "Extensions included" })}
  </div>`;
}

const limitsOf = (values) => ({
  max_per_customer: numberOr(values.max_per_customer),
  hold_seconds: numberOr(values.hold_seconds),
  hold_max_seconds: numberOr(values.hold_max_seconds),
});

/** "floor 100 30" a line: name, places, maybe a price. Throws an Error that names the line. */
export function poolsFrom(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const [name, capacity, cost, ...rest] = line.split(/\s+/);
    const isRead = /^\d+$/.test(capacity || "") && (cost === undefined || Number.isFinite(Number(cost))) && !rest.length;
    if (!isRead) throw new Error(`“${line}” is not a name, a number of places and maybe a price.`);
    return { name, capacity: Number(capacity), ...(cost === undefined ? {} : { price: Number(cost) }) };
  });
}

/** Asks for a new show and makes it. Resolves to the answer, or null. */
export const createShow = () => inquire({
  title: "New show",
  fields: html`${field("name", "Name", "", { isNeeded: true })}${field("id", "Id", "", ID)}
    <label for="in-pools">Pools: a name, a number of places and maybe a price, one a line</label>
    <textarea id="in-pools" name="pools" class="code" rows="3" required placeholder="floor 100 30"></textarea>${limits()}`,
  act: "Put it on sale",
  check: ({ name, id, pools, ...values }) =>
    ask("/v1/shows", { method: "POST", body: { name, pools: poolsFrom(pools), ...given({ id: id.trim(), ...limitsOf(values) }) } }),
});

/** The same for a product. */
export const createProduct = () => inquire({
  title: "New product",
  fields: html`${field("name", "Name", "", { isNeeded: true })}${field("id", "Id", "", ID)}
    <div class="side">${wholeField("quantity", "Units", "", { isNeeded: true })}${field("price", "Price", "", PRICED)}</div>${limits()}`,
  act: "Put it on sale",
  check: ({ name, id, quantity, price, ...values }) => ask("/v1/products", {
    method: "POST",
    body: { name, quantity: Number(quantity), ...given({ id: id.trim(), price: numberOr(price), ...limitsOf(values) }) },
  }),
});

/** What differs from how it is, in the words of PATCH; {} = nothing. */
function changesOf(one, values) {
  const found = {};
  const wanted = { name: values.name, ...limitsOf(values) };
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== one[name] && (value !== null || name === "max_per_customer")) found[name] = value;
  }
  if (kindOf(one) === "product") {
    const cost = numberOr(values["price-stock"]);
    return cost === one.price ? found : { ...found, price: cost };
  }
  const prices = {};
  for (const pool of poolsOf(one)) {
    const cost = numberOr(values[`price-${pool.name}`]);
    if (cost !== pool.price) prices[pool.name] = cost;
  }
  if (Object.keys(prices).length) found.prices = prices;
  const pools = poolsFrom(values.new_pools || "");
  return pools.length ? { ...found, new_pools: pools } : found;
}

/** Edits a show or product, unless somebody else did so meanwhile. Resolves to the answer, or null. */
export const edit = (one) => inquire({
  title: "Edit",
  fields: html`${field("name", "Name", one.name, { isNeeded: true })}${limits(one)}
    <div class="side">${poolsOf(one).map((pool) =>
      field(`price-${pool.name}`, kindOf(one) === "show" ? `Price of ${pool.name}` : "Price", pool.price, PRICED))}</div>
    ${kindOf(one) === "show" ? html`<label for="in-new_pools">Further pools: a name, a number of places and maybe a price, one a line</label>
      <textarea id="in-new_pools" name="new_pools" class="code" rows="2"></textarea>` : nothing}
    <p class="note">What is held or sold stays as it is.</p>`,
  act: "Save",
  check: (values) => {
    const changes = changesOf(one, values);
    if (!Object.keys(changes).length) throw new Error("Nothing of it is different.");
    return ask(`/v1/${kindOf(one)}s/${encodeURIComponent(one.id)}`, { method: "PATCH", body: { ...changes, edition: one.edition } });
  },
});
