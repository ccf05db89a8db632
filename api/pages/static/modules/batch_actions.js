// What an operator does to a batch: pause, go on, replay the failed, cancel.
import { ask, may } from "./ask.js";
import { attempt, inquire } from "./messages.js";
import { pause, resume } from "./pauses.js";
import { count } from "./words.js";

const changed = (batch, act) => ask(`/v1/batches/${batch.id}/${act}`, { method: "POST" });

/** Names of ACTS that fit a batch now. */
export function actionsOf(batch) {
  if (!may("change")) return [];
  const { queued, delayed, failed } = batch.counts;
  return [
    ...(batch.paused ? ["resume"] : queued + delayed ? ["pause"] : []),
    ...(failed ? ["replay"] : []),
    ...(queued + delayed ? ["cancel"] : []),
  ];
}

async function replay(batch) {
  const isSure = await inquire({
    title: `Replay ${count(batch.counts.failed, "failed job")}?`,
    words: "Each has all its attempts again. Those whose recipients are suppressed, or that would come too late, stay as they are.",
    act: "Replay the failed",
  });
  return Boolean(isSure) && attempt(() => changed(batch, "replay-failed"), ({ replayed }) =>
    replayed ? `${count(replayed, "job")} queued again.` : "None could be mended by another attempt.");
}

async function cancel(batch) {
  const isSure = await inquire({
    title: `Cancel ${count(batch.counts.queued + batch.counts.delayed, "job")} that ${batch.counts.queued + batch.counts.delayed === 1 ? "waits" : "wait"}?`,
    words: "What runs or is over stays as it is. They can be replayed later, one by one.",
    act: "Cancel them",
    isDangerous: true,
  });
  return Boolean(isSure) && attempt(() => changed(batch, "cancel"), ({ cancelled }) => `${count(cancelled, "job")} cancelled.`);
}

export const ACTS = {
  pause: (batch) => pause(`batch:${batch.id}`, "Pause this batch?"),
  resume: (batch) => resume(`batch:${batch.id}`),
  replay,
  cancel,
};
export const LABELS = { pause: "Pause", resume: "Go on", replay: "Replay the failed", cancel: "Cancel what waits" };
export const lookOf = (name) => (name === "cancel" ? "danger quiet" : name === "resume" || name === "replay" ? "" : "quiet");
