// What is wrong by the look of the system itself, before any finding: Redis takes no changes, workers fell silent.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ago, count, plain } from "./words.js";

const NAMED = 5; // silent workers that are named; the workers' page has them all

const refused = html`<div class="notice error"><p><b>Redis refuses changes.</b> It answers reads only: callers get 503, and
  no job begins or ends. Most often its disk is full: make room. <code>usher doctor</code> says why.</p></div>`;

const name = (one, place) => html`${place ? ", " : ""}<span class="id">${plain(one.name)}</span> (${ago(one.seen_ms)})`;

const silence = (silent) => html`<div class="notice warning"><p><b>${count(silent.length, "worker")} ${silent.length === 1 ? "gives" : "give"}
  no sign of life:</b> ${silent.slice(0, NAMED).map(name)}${silent.length > NAMED ? `, and ${count(silent.length - NAMED, "more", "more")}` : nothing}.
  Frozen, killed or cut off: a live worker takes over what it did. <a href="/workers">Look at the workers</a></p></div>`;

/** The notices, or null. `now` is what the topic `overview` tells. While Redis refuses changes, no worker can give a sign. */
export function troubles(now) {
  if (now.takes_writes === false) return refused;
  const silent = now.workers.filter((one) => one.state === "silent");
  return silent.length ? silence(silent) : null;
}
