// The limits of types: how many jobs at once, how many in a time, the same for each key, and the weight; edited in a dialog.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may } from "./ask.js";
import { attempt, inquire } from "./messages.js";
import { painter } from "./paint.js";
import { number, plain, state } from "./words.js";

const paint = painter(document.getElementById("limits"));
let types = null;

const rate = (told) => (told ? `${number(told.jobs)} in ${number(told.seconds)} s` : "");
const pathOf = (type) => `/v1/types/${encodeURIComponent(type)}`;
const rulesOf = ({ weight, at_once, rate: its, per_key }) => ({ weight, at_once, rate: its, per_key });

async function put(type, rules) {
  const told = await ask(pathOf(type), { method: "PUT", body: rules });
  types = types.map((one) => (one.type === type ? told : one));
  draw();
}

const field = (name, label, value) => html`<div class="field"><label for="in-${name}">${label}</label>
  <input id="in-${name}" name=${name} inputmode="decimal" autocomplete="off" .value=${value ?? ""}></div>`;

function given(values, name, words) {
  const text = (values[name] || "").trim();
  if (!text) return null;
  if (!(Number(text) > 0)) throw new Error(`${words} must be a number above 0, or empty.`);
  return Number(text);
}

function limitsFrom(values, before) {
  const jobs = given(values, `${before}jobs`, "The jobs"), seconds = given(values, `${before}seconds`, "The seconds");
  return { at_once: given(values, `${before}at_once`, "At once"), rate: jobs ? { jobs, seconds: seconds || 1 } : null };
}

const fieldsOf = (title, told, before) => html`<fieldset><legend>${title}</legend><div class="side">
  ${field(`${before}at_once`, "At once", told.at_once)}${field(`${before}jobs`, "Jobs", told.rate?.jobs)}${field(`${before}seconds`, "in seconds", told.rate?.seconds)}</div></fieldset>`;

async function edit(one) {
  const rules = await inquire({
    title: html`Limits of ${plain(one.type)}`,
    words: "For all workers, from the next job on. Empty means no limit.",
    fields: html`${fieldsOf("The type", one, "")}${fieldsOf("Each key", one.per_key, "key_")}${field("weight", "Turns, while another type has one", one.weight)}`,
    act: "Set the limits",
    check: async (values) => {
      const found = { ...limitsFrom(values, ""), per_key: limitsFrom(values, "key_"), weight: given(values, "weight", "The turns") || 1 };
      await put(one.type, found);
      return found;
    },
  });
  if (rules) await attempt(() => Promise.resolve(), "The limits hold from the next job on.", {
    undo: { label: "Undo", act: () => attempt(() => put(one.type, rulesOf(one)), "The limits are as they were.") } });
}

const row = (one) => html`<tr data-limits=${one.type}><td class="wide">${plain(one.type)} ${one.paused ? state("paused") : nothing}</td>
  <td class="number" data-name="at once">${one.at_once ? number(one.at_once) : ""}</td><td class="number" data-name="rate">${rate(one.rate)}</td>
  <td class="number" data-name="at once, a key">${one.per_key.at_once ? number(one.per_key.at_once) : ""}</td><td class="number" data-name="rate of a key">${rate(one.per_key.rate)}</td>
  <td class="number" data-name="turns">${one.weight}</td>
  ${may("operate") ? html`<td><button class="quiet small" type="button" aria-label="Edit the limits of ${one.type}" @click=${() => edit(one)}>Edit</button></td>` : nothing}</tr>`;

function draw() {
  if (!types.length) return paint(html`<p class="empty">No types yet.</p>`);
  return paint(html`<p class="note">Empty: no limit. A type of more turns has so many while another type has one.</p>
    <div class="scroll"><table class="rows"><thead><tr><th>Type</th><th class="number">At once</th><th class="number">Rate</th><th class="number">At once, a key</th>
    <th class="number">Rate, a key</th><th class="number">Turns</th>${may("operate") ? html`<th><span class="away">Edit</span></th>` : nothing}</tr></thead>
    <tbody>${types.map(row)}</tbody></table></div>`);
}

try {
  ({ types } = await ask("/v1/types"));
  draw();
} catch (problem) {
  paint(html`<div class="notice error" role="alert"><p>${problem.status === 403 ? "Your key may not see limits." : problem.message}</p></div>`);
}
