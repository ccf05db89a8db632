// Pausing and resuming groups of jobs: with a reason, and an end if one is known. Shared by the pages.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may } from "./ask.js";
import { attempt, inquire, tell } from "./messages.js";
import { ago, plain } from "./words.js";

const PLURALS = { type: "types", queue: "queues", batch: "batches", show: "shows", product: "products", channel: "channels" };
const NEEDS = { batch: "change", show: "pause", product: "pause" };

/** The parts of a group: type:x, queue:x, key:TYPE/KEY, batch:x, show:x, product:x, channel:x. No type has a slash. */
export function partsOf(group) {
  const at = group.indexOf(":"), kind = group.slice(0, at), name = group.slice(at + 1), slash = name.indexOf("/");
  return kind === "key" ? { kind, type: name.slice(0, slash), key: name.slice(slash + 1) } : { kind, name };
}

function send(group, act, body) {
  const { kind, name, type, key } = partsOf(group);
  const path = kind === "key" ? `types/${encodeURIComponent(type)}` : `${PLURALS[kind]}/${encodeURIComponent(name)}`;
  const whole = kind === "key" ? { ...body, key } : body;
  return ask(`/v1/${path}/${act}`, { method: "POST", ...(whole ? { body: whole } : {}) });
}

/** May the reader pause and resume it? */
export const maySteer = (group) => may(NEEDS[partsOf(group).kind] || "operate");

export const resume = (group) => attempt(() => send(group, "resume"), "It goes on.");

const minutesTo = (ms) => (ms ? Math.max(1, Math.ceil((ms - Date.now()) / 60_000)) : "");

/**
 * Asks why and for how long, and does it. `known`: the pause that is changed. Without a `group`, `fields` ask for it, and
 * `groupOf` makes it of what they say.
 */
export async function pause(group, title, { known = null, fields = nothing, groupOf = () => group } = {}) {
  const shown = String(minutesTo(known?.until_ms));
  const asked = await inquire({
    title,
    words: known ? nothing : "What runs goes on to its end. What waits, waits until somebody resumes it.",
    fields: html`${fields}<label for="reason">Why (others see it)</label><input id="reason" name="reason" maxlength="200" autocomplete="off" value=${known?.reason || ""}>
      <label for="minutes">For how many minutes from now (empty: until somebody resumes it)</label><input id="minutes" name="minutes" inputmode="numeric" autocomplete="off" value=${shown}>`,
    act: known ? "Save" : "Pause",
    check: async ({ reason, minutes, ...named }) => {
      if (minutes && !(Number(minutes) > 0)) throw new Error("The minutes must be a number above 0.");
      const paused = groupOf(named);
      const end = minutes === shown && shown ? { until: new Date(known.until_ms).toISOString() } : minutes ? { for_seconds: Number(minutes) * 60 } : {};
      await send(paused, "pause", { ...(reason ? { reason } : {}), ...end });
      return { paused };
    },
  });
  if (!asked) return false;
  tell(known ? "The pause is changed." : "It is paused.", { undo: known ? undefined : { label: "Resume", act: () => resume(asked.paused) } });
  return true;
}

export const pauseType = (type) => pause(`type:${type}`, `Pause ${type}?`);

/** Since when, by whom, why, until when. */
export function why(known) {
  return html`since ${ago(known.since_ms)}${known.by ? html` by ${plain(known.by)}` : nothing}${known.reason ? html`: ${plain(known.reason)}` : nothing}${
    known.until_ms ? html`, until ${ago(known.until_ms)}` : nothing}`;
}
