// A batch in a bar and in words: how many of its jobs ended how, run, or wait.
import { html, svg } from "../vendor/lit-html/lit-html.js";
import { count, number } from "./words.js";

const GOOD = ["sent", "confirmed", "released", "held"];
const LOOKS = { skipped: "still", sandboxed: "later", cancelled: "gone" };

/** Parts of a batch in the order of its bar: {label, units, look, query}; parts without a job are left out. */
export function partsOf({ counts, outcomes }) {
  const { in_doubt: doubted = 0, ...others } = outcomes;
  const told = Object.values(others).reduce((sum, one) => sum + one, 0);
  const completeInDoubt = Math.min(doubted, Math.max(0, counts.complete - told));
  const parts = [
    ...Object.entries(others).map(([name, units]) =>
      ({ label: name.replaceAll("_", " "), units, look: LOOKS[name] || (GOOD.includes(name) ? "good" : "busy"), query: { outcome: name } })),
    { label: "complete", units: counts.complete - told - completeInDoubt, look: "good", query: { state: "complete" } },
    { label: "in doubt", units: doubted, look: "late", query: { outcome: "in_doubt" } },
    { label: "failed", units: counts.failed - (doubted - completeInDoubt), look: "wrong", query: { state: "failed" } },
    { label: "cancelled", units: counts.cancelled, look: "gone", query: { state: "cancelled" } },
    { label: "running", units: counts.active, look: "busy", query: { state: "active" } },
    { label: "delayed", units: counts.delayed, look: "later", query: { state: "delayed" } },
    { label: "waiting", units: counts.queued, look: "rest", query: { state: "queued" } },
  ];
  return parts.filter((one) => one.units > 0);
}

/** "98 sent, 2 failed of 100". */
export const inWords = (batch) =>
  `${partsOf(batch).map((one) => `${number(one.units)} ${one.label}`).join(", ") || "nothing yet"} of ${number(batch.total)}`;

/** The bar; what it shows stands beside it in words, too. */
export function bar(batch) {
  const parts = partsOf(batch);
  const whole = Math.max(batch.total, parts.reduce((sum, one) => sum + one.units, 0)) || 1;
  let left = 0;
  return html`<svg class="level parts" role="img" aria-label=${inWords(batch)}>
    <rect class="all" width="100%" height="100%"></rect>
    ${parts.map((one) => {
      const x = left;
      left += (100 * one.units) / whole;
      return svg`<rect class=${one.look} x="${x}%" width="${(100 * one.units) / whole}%" height="100%"></rect>`;
    })}</svg>`;
}

/** Where a batch stands, in a word with its colour. */
export function standing(batch) {
  const [look, word] = batch.finished ? (batch.counts.failed ? ["failed", "finished, some failed"] : ["complete", "finished"])
    : batch.paused ? ["paused", "paused"] : batch.counts.active || batch.counts.queued ? ["active", "under way"] : ["delayed", "later"];
  return html`<span class="state ${look}">${word}</span>`;
}

/** What it is, for people: its id says nothing. */
export const nameOf = (batch) =>
  batch.type === "push_notification" ? count(batch.total, "notification") : `${count(batch.total, "job")}${batch.type ? ` of ${batch.type}` : ""}`;
