// The queues, whose slots are a lane each: what waits in them, who is busy, and whether they are paused.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { may } from "./ask.js";
import { pause, resume, why } from "./pauses.js";
import { number, state } from "./words.js";

export const QUEUES = { reservations: "Reservations", notifications: "Notifications", jobs: "Jobs of your own" };

function row(now, queue) {
  const group = `queue:${queue}`, known = now.paused[group], slots = now.slots.filter((one) => one.queue === queue);
  return html`<tr data-row=${group}>
    <td class="wide">${QUEUES[queue] || queue} ${known ? html`${state("paused")} <span class="note">${why(known)}</span>` : nothing}</td>
    <td class="number" data-name="waiting">${number(now.queues[queue])}</td>
    <td class="number" data-name="busy slots">${number(slots.filter((one) => one.state === "busy").length)} / ${number(slots.length)}</td>
    ${may("operate") ? html`<td><button class="quiet small" type="button" @click=${() => (known ? resume(group) : pause(group, `Pause ${QUEUES[queue] || queue}?`))}>${known ? "Resume" : "Pause"}</button></td>` : nothing}
  </tr>`;
}

/** The section of the overview; `now`: the body of /v1/stats. */
export const queues = (now) => html`<div class="scroll"><table class="rows"><thead><tr><th>Queue</th><th class="number">Waiting</th><th class="number">Busy slots</th>
  ${may("operate") ? html`<th><span class="away">Pause</span></th>` : nothing}</tr></thead><tbody>${Object.keys(now.queues).map((queue) => row(now, queue))}</tbody></table></div>`;
