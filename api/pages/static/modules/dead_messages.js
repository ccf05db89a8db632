// Messages that no worker could read: what they are, byte by byte, and a way to drop them.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { ask, may } from "./ask.js";
import { gathered } from "./bursts.js";
import { attempt, inquire } from "./messages.js";
import { painter } from "./paint.js";
import { count, moment, number, plain } from "./words.js";

const ROW = 16, SHOWN_BYTES = 2_048;
const paint = painter(document.getElementById("dead-messages"));
let found = null, problem = null, known = null;
const opened = new Map(); // id -> all that is kept of it

async function load() {
  try {
    found = await ask("/v1/dead-messages");
    known = found.count;
    problem = null;
  } catch (error) {
    problem = error;
  }
  draw();
}

const soon = gathered(load);

/** The bytes of a message: `\xff` stands for one that is no text, all other characters for their UTF-8. */
function bytesOf(raw) {
  const encoder = new TextEncoder();
  return raw.split(/(\\x[0-9a-f]{2})/).flatMap((part) =>
    /^\\x[0-9a-f]{2}$/.test(part) ? [parseInt(part.slice(2), 16)] : [...encoder.encode(part)]);
}

const readable = (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·");

function dump(raw) {
  const bytes = bytesOf(raw.slice(0, 4 * SHOWN_BYTES)).slice(0, SHOWN_BYTES);
  const lines = [];
  for (let at = 0; at < bytes.length; at += ROW) {
    const some = bytes.slice(at, at + ROW);
    const hex = some.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(ROW * 3 - 1)}  ${some.map(readable).join("")}`);
  }
  return lines.join("\n");
}

async function open(event, message) {
  if (!event.target.open || opened.has(message.id)) return;
  await attempt(async () => opened.set(message.id, (await ask(`/v1/dead-messages/${message.id}`)).raw));
  draw();
}

async function drop(message) {
  const isSure = await inquire({
    title: "Drop this message?",
    words: "It is gone for good. No job is lost with it: messages only wake workers.",
    act: "Drop the message",
    isDangerous: true,
  });
  if (isSure && await attempt(() => ask(`/v1/dead-messages/${message.id}`, { method: "DELETE" }), "It is dropped.")) load();
}

const one = (message) => html`<li class="card" data-row=${message.id}>
  <div class="head"><h3>${plain(message.reason)}</h3>${may("operate") ? html`<div class="buttons"><button class="danger quiet small" type="button"
    @click=${() => drop(message)}>Drop</button></div>` : nothing}</div>
  <p class="note">${message.time_ms === null ? "at an unknown time" : moment(message.time_ms)}${message.queue ? html`, on the queue <b>${plain(message.queue)}</b>` : nothing}, ${count(message.characters, "character")}</p>
  <details @toggle=${(event) => open(event, message)}><summary>Look at it</summary>
    <h4>Text</h4><pre tabindex="0">${plain(opened.get(message.id) ?? message.raw)}</pre>
    <h4>Bytes</h4><pre class="dump" tabindex="0">${dump(opened.get(message.id) ?? message.raw)}</pre>
    ${message.characters > SHOWN_BYTES ? html`<p class="note">The first ${number(SHOWN_BYTES)} bytes.</p>` : nothing}</details>
</li>`;

function draw() {
  if (problem) return paint(html`<div class="notice error" role="alert"><p>${problem.status === 403
    ? "Your key may not see what concerns everybody." : problem.message}</p></div>`);
  if (!found.count) return paint(html`<p class="empty">None. Workers could read all that they found.</p>`);
  paint(html`<p class="soft">${count(found.count, "message")}${found.count > found.messages.length ? `, of which the newest ${number(found.messages.length)} are shown` : ""}.
      Somebody else may send to the broker, or an older release. No job is lost with them.</p>
    <ul class="plain-list dead">${repeat(found.messages, (message) => message.id, one)}</ul>`);
}

document.addEventListener("dead-messages", ({ detail }) => {
  if (known !== null && detail !== null && known !== detail) soon();
});
await load();
