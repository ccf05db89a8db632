// How the pages write about bulk operations: what they do, to which jobs, and why they left some as they are.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { withQuery } from "./ask.js";
import { moment, number, plain } from "./words.js";

export const ACTIONS = { replay: "Replay", cancel: "Cancel", run_now: "Run now", priority: "Prioritise", delete: "Delete" };
export const PRIORITIES = ["critical", "high", "medium", "normal", "low"];
/** Action -> the states of the jobs that it is for, as the API has it. */
export const STATES = {
  replay: ["failed", "cancelled", "complete"],
  cancel: ["delayed", "queued", "active"],
  run_now: ["delayed"],
  priority: ["delayed", "queued"],
  delete: ["failed", "cancelled", "complete"],
};
const CLASSES = { running: "active", complete: "complete", stopped: "cancelled", failed: "failed" };
const REASONS = {
  changed: "In another state by now, or gone: somebody or something was faster.",
  gone: "Forgotten just before their turn.",
  not_possible: "Their units may be taken or sold, or somebody was told, so this is not done to them.",
  not_unique: "Another job has their unique key now.",
  too_many_types: "No worker knows their type, and there are jobs of too many types.",
  invalid_request: "They are larger than what is taken in today.",
};
const NAMES = {
  state: "state", type: "type", target: "about", batch: "batch", code: "error", text: "text", since_ms: "made since", until_ms: "made before",
};

export const state = (found) => html`<span class="state ${CLASSES[found.state]}">${found.state}</span>`;
export const reason = (word) => REASONS[word] || word.replaceAll("_", " ");

/** The filter of an operation, in words. */
export function filtered(filter) {
  const parts = Object.entries(filter).flatMap(([name, value]) => {
    if (name === "metadata") return Object.entries(value);
    return [[NAMES[name] || name, name.endsWith("_ms") ? moment(value) : value]];
  });
  return parts.map(([name, value], place) => html`${place ? ", " : nothing}${plain(name)} <b>${typeof value === "string" ? plain(value) : value}</b>`);
}

/** The list of jobs with the same filter. */
export function listOf({ text, since_ms: since, until_ms: until, metadata = {}, ...filter }) {
  const keys = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [`metadata.${key}`, value]));
  return withQuery("/jobs", { ...filter, q: text, since, until, ...keys });
}

export const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);

/** What has become of the jobs so far: 1,198 done, 6 skipped. */
export function counts(found) {
  const [skipped, failed] = [sum(found.skipped), sum(found.failed)];
  return `${number(found.done)} done${skipped ? `, ${number(skipped)} skipped` : ""}${failed ? `, ${number(failed)} failed` : ""}`;
}
