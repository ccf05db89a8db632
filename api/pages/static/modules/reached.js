// Why somebody was not reached, or not yet: a sentence for each notification that is not simply sent.
import { html } from "../vendor/lit-html/lit-html.js";
import { ago, moment, plain } from "./words.js";

const LIST = (name) => (name === "any" ? "on every channel" : `on ${name}`);

/** "Suppressed since 9 May: asked by mail". */
export const suppressed = (entry) => html`Suppressed ${LIST(entry.channel)} since ${moment(entry.since_ms)}: ${plain(entry.why)}`;

const WAITS = {
  "quiet hours": (one) => html`Quiet hours until ${moment(one.due_ms)}, ${ago(one.due_ms)}`,
  "rate limit": (one) => html`The rate of ${one.channel} allows it ${ago(one.due_ms)}`,
  "the provider asked for quiet": (one) => html`Its provider asked for quiet until ${moment(one.due_ms)}`,
};

const FAILURES = {
  suppressed: (one) => (one.suppression ? suppressed(one.suppression) : html`Its recipient was suppressed when it came, and is no longer`),
  expired: (one) => html`It could not be sent before ${moment(one.expires_ms)}, and would have come too late`,
  invalid_address: (one) => plain(one.error),
};

const STATES = {
  delayed: (one) => (WAITS[one.error] ? WAITS[one.error](one) : one.error
    ? html`${plain(one.error)}. The next attempt is ${ago(one.due_ms)}` : html`To be sent ${moment(one.due_ms)}, ${ago(one.due_ms)}`),
  queued: (one) => (one.error ? html`${plain(one.error)}. It is in line again` : html`In line`),
  sending: () => html`On its way to the provider`,
  sent: () => html``,
  skipped: (one) => (one.answer === "quiet_hours" ? html`Skipped: it came in the recipient’s quiet hours` : html`Skipped`),
  sandboxed: () => html`Written to the console, in the sandbox: it reached nobody`,
  in_doubt: (one) => html`It may have arrived: no clear answer came${one.answer ? html` (${one.answer.replaceAll("_", " ")})` : one.error ? html` (${plain(one.error)})` : ""}`,
  failed: (one) => (FAILURES[one.code] ? FAILURES[one.code](one) : html`${plain(one.error || one.code || "Nobody knows why")}`),
  cancelled: (one) => html`Cancelled before it was sent${one.error ? html`: ${plain(one.error)}` : ""}`,
};

/** The sentence; nothing for one that is sent. */
export const why = (one) => STATES[one.state](one);
