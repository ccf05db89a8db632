// Pausing and resuming types: with a reason, and an end if one is known.
import { html } from "../vendor/lit-html/lit-html.js";
import { ask } from "./ask.js";
import { attempt, inquire } from "./messages.js";

const pathOf = (group) => {
  const [kind, name] = [group.split(":")[0], group.slice(group.indexOf(":") + 1)];
  return `/v1/${{ type: "types", batch: "batches", show: "shows", product: "products" }[kind]}/${encodeURIComponent(name)}`;
};

/** `group`: type:..., batch:..., show:... or product:... */
export function resume(group) {
  return attempt(() => ask(`${pathOf(group)}/resume`, { method: "POST" }), "It goes on.");
}

export async function pause(group, title) {
  const asked = await inquire({
    title,
    words: "What runs goes on to its end. What waits, waits until somebody resumes it.",
    fields: html`<label for="reason">Why (others see it)</label><input id="reason" name="reason" maxlength="200" autocomplete="off">
      <label for="minutes">For how many minutes (empty: until somebody resumes it)</label><input id="minutes" name="minutes" inputmode="numeric" autocomplete="off">`,
    act: "Pause",
    check: ({ reason, minutes }) => {
      if (minutes && !(Number(minutes) > 0)) throw new Error("The minutes must be a number above 0.");
      return { ...(reason ? { reason } : {}), ...(minutes ? { for_seconds: Number(minutes) * 60 } : {}) };
    },
  });
  return Boolean(asked) && attempt(() => ask(`${pathOf(group)}/pause`, { method: "POST", body: asked }), "It is paused.", {
    undo: { label: "Resume", act: () => resume(group) },
  });
}

export const pauseType = (type) => pause(`type:${type}`, `Pause ${type}?`);
