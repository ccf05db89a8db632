// A buyer's own reservation: its place in line, its countdown, and the buttons that confirm it or give it back.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask } from "./ask.js";
import { numberOr, wholeField } from "./inventory_forms.js";
import { linesInWords } from "./levels.js";
import { inquire } from "./messages.js";
import { wordsFor } from "./refusals.js";
import { serverNow } from "./server_clock.js";
import { count, exact, moment, number, span } from "./words.js";

const WAIT_SECONDS = 5;
const WAITING = ["queued", "delayed", "active"];

/** 61 000 ms -> "1:01"; an hour and more has its hours. */
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [first, ...rest] = parts[0] ? parts : parts.slice(1);
  return [first, ...rest.map((part) => String(part).padStart(2, "0"))].join(":");
}

/**
 * The part of the page about it. `own`: the reservation; `attempt(act)` does something and shows a refusal; `changed(own)`
 * takes what it became; `leave()` goes back to the choice.
 */
export function mine({ own, level, token, attempt, isBusy, leave, changed }) {
  const api = `/v1/reservations/${own.id}`;
  const send = (path, options) => attempt(async () => {
    const found = await ask(path, { ...options, token, wait: WAIT_SECONDS });
    if (found.target) changed(found); // otherwise it waits its turn, and the stream says when it is done
  });
  const confirm = () => send(`${api}/confirm`, { method: "POST", body: {} });

  async function giveBack() {
    const parts = own.lines.filter((line) => !line.target);
    const isMany = parts.length === own.lines.length && parts.reduce((sum, line) => sum + line.quantity, 0) > 1;
    const asked = await inquire({
      title: "Give it back?",
      words: own.state === "confirmed" ? "Others can have it at once. Whether you get money back is for the shop to say." : "Others can have it at once.",
      fields: isMany ? html`<p class="note">All of it, or say how many:</p><div class="side">${parts.map(({ pool, quantity }) =>
        wholeField(`of-${pool}`, pool === "stock" ? "How many" : pool, quantity, { max: quantity }))}</div>` : nothing,
      act: "Give back",
      isDangerous: true,
      check: (values) => parts.map(({ pool, quantity }) => ({ pool, quantity: isMany ? numberOr(values[`of-${pool}`], 0) : quantity })),
    });
    if (!asked) return;
    const lines = asked.filter((line) => line.quantity);
    const isAll = !isMany || parts.every((part) => lines.some((line) => line.pool === part.pool && line.quantity === part.quantity));
    if (isAll) await send(api, { method: "DELETE" });
    else if (lines.length) await send(`${api}/reduce`, { method: "POST", body: { lines } });
  }

  const what = html`<p class="what">${linesInWords(own.lines)}</p>`;
  const again = html`<button class="large" type="button" @click=${leave}>Choose again</button>`;

  if (WAITING.includes(own.state)) {
    return html`<section class="mine" aria-live="polite"><h2>You are in line</h2>${what}${place(own)}
      <p class="note">You may close this page: your place stays yours, and this browser finds it again.</p>
      <button class="quiet" type="button" ?disabled=${isBusy} @click=${() => send(api, { method: "DELETE" })}>Leave the line</button></section>`;
  }
  if (own.state === "held") {
    const now = serverNow(), left = now === null ? null : own.expires_ms - now;
    return html`<section class="mine"><h2>Held for you</h2>${what}
      <p class="countdown ${left !== null && left < 60_000 ? "soon" : ""}" role="timer" aria-label="Time left">${left === null ? "…" : countdown(left)}</p>
      <p class="note">${left !== null && left <= 0 ? "Your time is up. One moment…" : html`until ${moment(own.expires_ms)}. Then others can have it.`}</p>
      <div class="buttons"><button class="large" type="button" ?disabled=${isBusy || (left !== null && left <= 0)} @click=${confirm}>${isBusy ? "One moment…" : "Confirm"}</button>
      <button class="quiet" type="button" ?disabled=${isBusy} @click=${giveBack}>Give back</button></div></section>`;
  }
  if (own.state === "confirmed") {
    return html`<section class="mine"><h2 class="good">It is yours</h2>${what}
      <p class="note">Your number is <span class="id">${own.id}</span>.</p>
      <div class="buttons"><button class="quiet" type="button" ?disabled=${isBusy} @click=${giveBack}>Give back</button>
      ${level.status === "on_sale" && level.sells ? html`<button class="quiet" type="button" @click=${leave}>Reserve something else</button>` : nothing}</div></section>`;
  }
  return html`<section class="mine" aria-live="polite"><h2>${ENDED[own.state] || "It is over"}</h2>${
    own.refusal?.code ? html`<p>${wordsFor({ code: own.refusal.code, body: { refusal: own.refusal } })}</p>` : nothing}${
    own.state === "expired" ? html`<p>It was held until <span title=${exact(own.expires_ms)}>${moment(own.expires_ms)}</span>, and is free for others again.</p>` : nothing}${again}</section>`;
}

const ENDED = {
  expired: "Your time was up", released: "It is given back", cancelled: "You left the line",
  refused: "It could not be had", failed: "That did not work", forgotten: "This reservation is long over",
};

function place({ waiting_for: why }) {
  if (why?.what === "turn") {
    const expected = why.expected_ms && serverNow() ? why.expected_ms - serverNow() : 0;
    return html`<p class="place">${why.place === 1 ? "You are next." : html`<b>${count(why.place - 1, "request")}</b> ${why.place === 2 ? "is" : "are"} before yours (place ${number(why.place)}).`}${
      expected > 1_000 ? ` About ${span(Math.ceil(expected / 1_000) * 1_000)} to go.` : ""}</p>`;
  }
  if (why?.what === "pause") return html`<p class="place">The sale is paused for a moment. It goes on in the order in which people came.</p>`;
  return html`<p class="place">It is about to be your turn.</p>`;
}
