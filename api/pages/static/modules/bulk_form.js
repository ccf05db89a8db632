// All jobs that match: what to do with them, a dry run with the number and examples, and then the operation.
import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { ask, may } from "./ask.js";
import { ACTIONS, PRIORITIES, STATES } from "./bulk_words.js";
import { addKey } from "./keyboard.js";
import { inquire } from "./messages.js";
import { count, plain, state } from "./words.js";

const CONDITIONS = ["q", "state", "type", "target", "batch", "code", "since", "until"];
const BY_METADATA = "metadata.";
const NOTES = {
  replay: "Complete jobs stay as they are, and copies of them are done.",
  cancel: "Those that run are told so; what they did so far stays done.",
  run_now: "They do not wait for their date or their next attempt.",
  priority: "They take the place that their arrival gives them among the others.",
  delete: "Their data, attempts and logs are gone for good.",
};

/** The filter for the API that this page's address has; null if it has none. */
export function filterOf(asked) {
  const filter = Object.fromEntries(CONDITIONS.filter((name) => asked[name]).map((name) => [name, asked[name]]));
  const keys = Object.entries(asked).filter(([name, value]) => name.startsWith(BY_METADATA) && value);
  if (keys.length) filter.metadata = Object.fromEntries(keys.map(([name, value]) => [name.slice(BY_METADATA.length), value]));
  return Object.keys(filter).length ? filter : null;
}

function fields(actions) {
  const choose = ({ target: { form } }) => { form.querySelector(".priority").hidden = form.elements.action.value !== "priority"; };
  return html`
    <label for="action">What to do</label>
    <select id="action" name="action" @change=${choose}>${actions.map((name) => html`<option value=${name}>${ACTIONS[name]}</option>`)}</select>
    <div class="field priority" ?hidden=${actions[0] !== "priority"}><label for="new-priority">Which jobs run first</label>
      <select id="new-priority" name="priority">${PRIORITIES.map((name) => html`<option>${name}</option>`)}</select></div>
    <label for="rate">At most so many jobs a second; empty = as fast as it goes</label>
    <input id="rate" name="rate" type="number" min="0.01" max="10000" step="any" inputmode="decimal">`;
}

async function preview(filter, { action, priority, rate }) {
  const body = { action, filter };
  if (action === "priority") body.priority = priority;
  if (rate) body.rate = Number(rate);
  const found = await ask("/v1/bulk", { method: "POST", body: { ...body, dry_run: true } });
  if (!found.count) throw new Error("There is no such job for this.");
  return { body, found };
}

const example = (job) => html`<li>${state(job.state)} <a href="/jobs/${job.id}" target="_blank">${plain(job.title || job.type)}</a>
  <span class="id note">${job.id}</span></li>`;

/** Asks what to do, shows what that would find, does it, and goes to the page of the operation. */
export async function doToAll(filter) {
  const actions = Object.keys(ACTIONS).filter((name) => !filter.state || STATES[name].includes(filter.state));
  const chosen = await inquire({
    title: "All that match", act: "Look what it would do", fields: fields(actions),
    words: "It means the jobs that match when it begins; those that come later are left alone.",
    check: (values) => preview(filter, values),
  });
  if (!chosen) return;
  const { body, found } = chosen;
  const many = `${found.is_all ? "" : "more than "}${count(found.count, "job")}`;
  const taken = await inquire({
    title: `${ACTIONS[body.action]}: ${many}?`, act: `${ACTIONS[body.action]} ${found.is_all ? count(found.count, "job") : "all"}`,
    words: NOTES[body.action], isDangerous: ["cancel", "delete"].includes(body.action),
    fields: html`<p class="note">${found.count > found.examples.length ? "Some of them:" : "They are:"}</p>
      <ul class="plain-list">${found.examples.map(example)}</ul>`,
    check: () => ask("/v1/bulk", { method: "POST", body }),
  });
  if (taken) location.assign(`/bulk/${taken.id}`);
}

/** Puts what can be done with many jobs into the head of the list. */
export function offerBulk(place, asked) {
  const filter = may("operate") ? filterOf(asked) : null;
  render(html`${filter ? html`<button type="button" class="quiet" @click=${() => doToAll(filter)}>All that match…</button>` : nothing}
    ${may("survey") ? html`<a class="button quiet" href="/bulk">Bulk operations</a>` : nothing}`, place);
  if (filter) addKey("b", "All that match: do something", () => void doToAll(filter));
}
