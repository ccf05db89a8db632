// What is paused, in one place, with its end and a way on; and the pauses that begin here: of a channel, of a key.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { may, withQuery } from "./ask.js";
import { maySteer, partsOf, pause, resume } from "./pauses.js";
import { ago, count, plain } from "./words.js";

const SHOWN = 50;

const named = (name, label, hint = "") => html`<label for=${`in-${name}`}>${label}</label>
  <input id=${`in-${name}`} name=${name} maxlength="200" autocomplete="off" required placeholder=${hint || nothing}>`;
const pauseChannel = () => pause(null, "Pause a channel", {
  fields: named("channel", "Channel", "webhook"), groupOf: ({ channel }) => `channel:${channel.trim()}` });
const pauseKey = () => pause(null, "Pause a key", {
  fields: html`${named("type", "Type")}${named("key", "Key: only its jobs wait")}`, groupOf: ({ type, key }) => `key:${type.trim()}/${key}` });

const LINKS = {
  type: ({ name }) => withQuery("/jobs", { type: name }), batch: ({ name }) => `/batches/${encodeURIComponent(name)}`,
  key: ({ type }) => withQuery("/jobs", { type }),
  show: ({ name }) => `/box-office/shows/${encodeURIComponent(name)}`, product: ({ name }) => `/box-office/products/${encodeURIComponent(name)}`,
};

function what(group) {
  const parts = partsOf(group), href = LINKS[parts.kind]?.(parts);
  const words = parts.kind === "key" ? html`${plain(parts.key)} <span class="note">of ${plain(parts.type)}</span>` : plain(parts.name);
  return html`<span class="note">${parts.kind}</span> ${href ? html`<a href=${href}>${words}</a>` : words}`;
}

const row = ([group, known]) => html`<tr data-row=${group}>
  <td class="wide">${what(group)}</td>
  <td class="wide" data-name=${known.reason ? "why" : nothing}>${known.reason ? plain(known.reason) : ""}</td>
  <td data-name=${known.by ? "by" : nothing}>${known.by ? plain(known.by) : ""}</td>
  <td data-name="since">${ago(known.since_ms)}</td>
  <td data-name="until">${known.until_ms ? ago(known.until_ms) : "resumed"}</td>
  ${maySteer(group) ? html`<td><div class="buttons"><button class="quiet small" type="button" @click=${() => pause(group, "Change this pause", { known })}>Edit</button>
    <button class="quiet small" type="button" @click=${() => resume(group)}>Resume</button></div></td>` : html`<td></td>`}
</tr>`;

/** The section of the overview; `found`: group -> its pause. */
export function paused(found) {
  const rows = Object.entries(found).sort(([, one], [, other]) => other.since_ms - one.since_ms);
  return html`<div class="head below"><h2>Paused</h2>${may("operate") ? html`<div class="buttons">
      <button class="quiet small" type="button" @click=${pauseChannel}>Pause a channel</button>
      <button class="quiet small" type="button" @click=${pauseKey}>Pause a key</button></div>` : nothing}</div>
    ${rows.length ? html`<div class="scroll"><table class="rows paused"><thead><tr><th>What</th><th>Why</th><th>By</th><th>Since</th><th>Until</th><th><span class="away">Change</span></th></tr></thead>
      <tbody>${rows.slice(0, SHOWN).map(row)}</tbody></table></div>` : html`<p class="empty">Nothing is paused.</p>`}
    ${rows.length > SHOWN ? html`<p class="note">${count(rows.length - SHOWN, "earlier pause")} more: <code>usher pauses</code></p>` : nothing}`;
}
