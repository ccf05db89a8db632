// What an operator does to a job: cancel, replay, edit, run now, forget. Used by the list and by the page of a job.
import { html } from "../vendor/lit-html/lit-html.js";
import { ask, may } from "./ask.js";
import { attempt, inquire, tell } from "./messages.js";

const PRIORITIES = { critical: -15, high: -10, medium: -5, normal: 0, low: 10 };
const OWN = document.body.dataset.ownTypes.split(" "); // their data were checked by their routes
const nameOf = (priority) => Object.keys(PRIORITIES).find((name) => PRIORITIES[name] === priority) || String(priority);

/** Which actions fit a job in this state: names of ACTS, the likeliest first. */
const FITTING = {
  failed: ["replay", "replayEdited", "forget"],
  cancelled: ["replay", "replayEdited", "forget"],
  complete: ["replay", "forget"],
  queued: ["edit", "prioritise", "cancel"],
  delayed: ["runNow", "edit", "prioritise", "cancel"],
  active: ["cancel"],
};

export function actionsOf(job) {
  if (!may("change")) return [];
  const isOwn = OWN.includes(job.type);
  return FITTING[job.state].filter((name) =>
    !(isOwn && ["edit", "replayEdited"].includes(name)) && !(isOwn && job.state === "complete" && name === "replay"));
}

const changed = (job, method, path = "", body = undefined) => ask(`/v1/jobs/${job.id}${path}`, { method, body });

async function replay(job) {
  return attempt(() => changed(job, "POST", "/replay"), (answer) =>
    answer?.id && answer.id !== job.id ? "A copy of it is queued." : "It is queued again, with all its attempts.");
}

/** The job with its data: a list leaves out what is large. */
const whole = async (job) => (job.left_out?.data ? ask(`/v1/jobs/${job.id}`) : job);

async function withData(job, act) {
  let found = null;
  return (await attempt(async () => (found = await whole(job)))) && act(found);
}

async function replayEdited(job) {
  const asked = await askForData(job, "Replay with other data", "What it was asked for before stays on its page.", "Replay");
  return Boolean(asked) && attempt(() => changed(job, "POST", "/replay", asked), "It is queued again, with the new data.");
}

async function edit(job) {
  const asked = await askForData(job, "Edit this job", "It has not started. What it was asked for before stays on its page.", "Save");
  return Boolean(asked) && attempt(() => changed(job, "PATCH", "", asked), "It is changed.", {
    undo: { label: "Undo", act: () => attempt(() => changed(job, "PATCH", "", { data: job.data }), "Its data are as before.") },
  });
}

function askForData(job, title, words, act) {
  return inquire({
    title, words, act,
    fields: html`<label for="data">Data, a JSON object</label>
      <textarea id="data" name="data" class="code" rows="12" spellcheck="false" .value=${JSON.stringify(job.data, null, 2)}></textarea>`,
    check: ({ data }) => {
      let read;
      try {
        read = JSON.parse(data);
      } catch (error) {
        throw new Error(`This is not JSON: ${error.message}`);
      }
      if (read === null || typeof read !== "object" || Array.isArray(read)) throw new Error("The data must be a JSON object: { ... }");
      return { data: read };
    },
  });
}

async function runNow(job) {
  return attempt(() => changed(job, "POST", "/run-now"), "It is queued now.");
}

async function prioritise(job) {
  const asked = await inquire({
    title: "Priority",
    fields: html`<label for="priority">Which jobs run first</label>
      <select id="priority" name="priority">${Object.keys(PRIORITIES).map((name) =>
        html`<option ?selected=${PRIORITIES[name] === job.priority}>${name}</option>`)}</select>`,
    act: "Set",
  });
  const set = (priority) => changed(job, "PATCH", "", { priority });
  return Boolean(asked) && attempt(() => set(asked.priority), `Its priority is ${asked.priority}.`, {
    undo: { label: "Undo", act: () => attempt(() => set(job.priority), `Its priority is ${nameOf(job.priority)} again.`) },
  });
}

async function cancel(job) {
  const isSure = await inquire({
    title: "Cancel this job?",
    words: job.state === "active" ? "It runs. Its handler is told, and what it did so far stays done." : "It has not started, and will not. It can be replayed later.",
    act: "Cancel the job",
    isDangerous: true,
  });
  return Boolean(isSure) && attempt(() => changed(job, "DELETE"), "It is cancelled.", {
    undo: job.state === "active" ? undefined : { label: "Queue it again", act: () => replay(job) },
  });
}

async function forget(job) {
  const isSure = await inquire({
    title: "Delete this job's record?",
    words: "Its data, attempts and log are gone for good. Nothing that it did is undone.",
    act: "Delete the record",
    isDangerous: true,
  });
  if (!isSure || !(await attempt(() => changed(job, "POST", "/forget")))) return false;
  tell("Its record is deleted.");
  return "gone";
}

export const ACTS = {
  replay, replayEdited: (job) => withData(job, replayEdited), edit: (job) => withData(job, edit), runNow, prioritise, cancel, forget };
export const LABELS = {
  replay: "Replay", replayEdited: "Replay with other data", edit: "Edit", runNow: "Run now", prioritise: "Priority",
  cancel: "Cancel", forget: "Delete",
};
export const KEYS = { replay: "r", replayEdited: "e", edit: "e", runNow: "n", prioritise: "p", cancel: "c", forget: "d" };
export const lookOf = (name) => (name === "cancel" || name === "forget" ? "danger quiet" : name === "replay" || name === "runNow" ? "" : "quiet");
