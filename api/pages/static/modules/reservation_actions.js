// What the box office does to a reservation: confirm, hold it longer, release it whole or in part, a token for its buyer.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may } from "./ask.js";
import { field, numberOr, wholeField } from "./inventory_forms.js";
import { linesInWords } from "./levels.js";
import { attempt, inquire, tell } from "./messages.js";
import { exact, moment } from "./words.js";

const WAIT_SECONDS = 5;
const WAITING = ["queued", "delayed"];
const pathOf = (one) => `/v1/reservations/${one.id}`;
const said = (found, done) => (found?.target ? done : "It is accepted and waits its turn.");

async function confirm(one) {
  if (one.state === "held") {
    return attempt(() => ask(`${pathOf(one)}/confirm`, { method: "POST", body: {}, wait: WAIT_SECONDS }), (found) => said(found, "It is sold."));
  }
  const isSure = await inquire({
    title: "Sell it after its deadline?", words: "If the units are still free, they are taken again and sold at once.", act: "Take again and sell",
    check: () => ask(`${pathOf(one)}/confirm`, { method: "POST", body: { reacquire: true }, wait: WAIT_SECONDS }),
  });
  if (isSure) tell(said(isSure, "It is sold."));
  return Boolean(isSure);
}

async function extend(one) {
  const found = await inquire({
    title: "Hold it longer", words: html`It ends at ${moment(one.expires_ms)}. The deadline never becomes earlier.`,
    fields: wholeField("minutes", "From now, minutes", 10, { min: 1, max: 500_000, isNeeded: true }), act: "Hold longer",
    check: ({ minutes }) => ask(`${pathOf(one)}/extend`, { method: "POST", body: { seconds: Number(minutes) * 60 }, wait: WAIT_SECONDS }),
  });
  if (found) tell(said(found, `It is held until ${exact(found.expires_ms)}.`));
  return Boolean(found);
}

async function release(one) {
  const found = await inquire({
    title: WAITING.includes(one.state) ? "Take it out of the line?" : "Give everything back?",
    words: html`${linesInWords(one.lines)}${one.state === "confirmed" ? ", which were sold" : nothing}. Others may reserve what becomes free at once.`,
    act: "Release",
    isDangerous: true,
    check: () => ask(pathOf(one), { method: "DELETE", wait: WAIT_SECONDS }),
  });
  if (found) tell(said(found, found.state === "cancelled" ? "It is cancelled." : "It is released."));
  return Boolean(found);
}

async function reduce(one) {
  const found = await inquire({
    title: "Give a part back",
    fields: one.lines.map(({ pool, quantity }) => wholeField(`of-${pool}`, `Of ${quantity} ${pool === "stock" ? "units" : pool}`, "", { max: quantity })),
    act: "Give back",
    check: (values) => {
      const lines = one.lines.map(({ pool }) => ({ pool, quantity: numberOr(values[`of-${pool}`], 0) })).filter(({ quantity }) => quantity);
      if (!lines.length) throw new Error("Say how many are given back.");
      return ask(`${pathOf(one)}/reduce`, { method: "POST", body: { lines }, wait: WAIT_SECONDS });
    },
  });
  if (found) tell(said(found, "It is given back."));
  return Boolean(found);
}

/** A link with which the buyer sees and settles this reservation, and nothing else: the token is behind the #. */
async function token(one) {
  const [kind, id] = one.target.split(":");
  await attempt(async () => {
    const found = await ask(`${pathOf(one)}/token`, { method: "POST" });
    const link = new URL(`/${kind}s/${encodeURIComponent(id)}#${new URLSearchParams({ reservation: one.id, token: found.token })}`, location.href).href;
    await inquire({
      title: "For the buyer",
      words: html`Whoever has this link sees, confirms and releases this reservation until ${exact(found.expires_ms)}, and nothing else.`,
      fields: html`${field("link", "Link", link)}<button class="plain note" type="button" @click=${() => copy(link)}>Copy the link</button>`,
      act: "Done",
    });
  });
  return false;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    tell("The link is copied.");
  } catch {
    tell("This browser does not let pages copy here.", { isWrong: true });
  }
}

export const ACTS = { confirm, extend, release, reduce, token };
export const LABELS = { confirm: "Confirm", extend: "Hold longer", release: "Release", reduce: "Give a part back", token: "Link for the buyer" };

/** Which of these fit this reservation and its reader. */
export function actionsOf(one) {
  const isLive = one.state === "held" || one.state === "confirmed";
  const isOfOne = one.lines.every((line) => !line.target);
  const units = one.lines.reduce((sum, line) => sum + line.quantity, 0);
  const settles = may("settle") ? [
    (one.state === "held" || one.state === "expired") && "confirm",
    one.state === "held" && "extend",
    isLive && isOfOne && units > 1 && "reduce",
    (isLive || WAITING.includes(one.state)) && "release",
  ] : [];
  return [...settles, may("entrust") && isOfOne && (isLive || WAITING.includes(one.state)) && "token"].filter(Boolean);
}
