// What the box office does to a show or product: open, close, pause, resize, restock, cancel, archive, delete.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may } from "./ask.js";
import { edit, field, wholeField } from "./inventory_forms.js";
import { kindOf, poolsOf } from "./levels.js";
import { attempt, inquire, tell } from "./messages.js";
import { count, number, plain } from "./words.js";

const pathOf = (one) => `/v1/${kindOf(one)}s/${encodeURIComponent(one.id)}`;
/** A change that has not happened within the wait comes later, for instance once what is paused goes on. */
const said = (found, done) => (found?.state ? "It is accepted and waits its turn." : done);

const setStatus = (one, status) => ask(`${pathOf(one)}/status`, { method: "PUT", body: { status } });
const undoTo = (one, words) => ({ label: "Undo", act: () => attempt(() => setStatus(one, one.status), words) });

const open = (one) => attempt(() => setStatus(one, "on_sale"), (found) => said(found, "The sale is open."), {
  undo: one.status === "closed" ? undoTo(one, "The sale is closed again.") : undefined });
const close = (one) => attempt(() => setStatus(one, "closed"), (found) => said(found, "The sale is closed. What is held may still be confirmed."),
  { undo: undoTo(one, "The sale is open again.") });

async function archive(one) {
  const isSure = await inquire({
    title: "Archive it?", words: "It is no longer listed and sells nothing. Its sales stay, and “Open” brings it back.", act: "Archive" });
  return Boolean(isSure) && attempt(() => setStatus(one, "archived"), (found) => said(found, "It is archived."), {
    undo: one.status === "cancelled" ? undefined : undoTo(one, "It is back.") });
}

const resume = (one) => attempt(() => ask(`${pathOf(one)}/resume`, { method: "POST" }), "It goes on, in the order in which requests came.");
const pause = (one) => attempt(() => ask(`${pathOf(one)}/pause`, { method: "POST" }), "Reservations wait until you resume it.", {
  undo: { label: "Undo", act: () => resume(one) } });

async function restock(one) {
  const found = await inquire({
    title: "Restock", fields: wholeField("quantity", "Units that came in", "", { min: 1, max: 1_000_000, isNeeded: true }), act: "Add",
    check: ({ quantity }) => ask(`${pathOf(one)}/restock`, { method: "POST", body: { quantity: Number(quantity) } }) });
  if (found) tell(said(found, `There are ${number(found.capacity)} now.`));
  return Boolean(found);
}

async function resize(one) {
  const pools = poolsOf(one), isShow = kindOf(one) === "show";
  const send = (name, capacity) =>
    ask(isShow ? `${pathOf(one)}/pools/${encodeURIComponent(name)}` : `${pathOf(one)}/capacity`, { method: "PUT", body: { capacity } });
  const found = await inquire({
    title: "Resize",
    words: html`In total, what is held and sold included. ${pools.map((pool) => html`<br><b>${isShow ? pool.name : "Stock"}</b>: ${
      number(pool.capacity)}, of which ${number(pool.held + pool.sold)} are held or sold.`)}`,
    fields: html`<div class="side">${isShow ? html`<div class="field"><label for="in-pool">Pool</label>
      <select id="in-pool" name="pool">${pools.map((pool) => html`<option>${pool.name}</option>`)}</select></div>` : nothing}
      ${wholeField("capacity", "In total", isShow ? "" : one.capacity, { isNeeded: true })}</div>`,
    act: "Resize",
    check: async ({ pool = "stock", capacity }) => ({ pool, told: await send(pool, Number(capacity)) }),
  });
  if (!found) return false;
  const before = pools.find((pool) => pool.name === found.pool);
  tell(said(found.told, "It has its new size."), {
    undo: { label: "Undo", act: () => attempt(() => send(before.name, before.capacity), "It has its old size again.") } });
  return true;
}

/** First a dry run, whose numbers the second dialog shows. */
async function cancel(one) {
  const asked = await inquire({
    title: "Cancel this show?",
    words: "For good: it sells nothing any more, everything held or sold is released, and customers can be told. First see what that would be.",
    fields: html`<label for="in-message">Tell each customer (empty: nobody is told)</label>
      <textarea id="in-message" name="message" rows="3" maxlength="2000" placeholder="Dear {customer}, {show} does not take place."></textarea>
      ${field("channel", "Over this channel; a customer’s name is the address", "console")}`,
    act: "See what would happen",
    check: async ({ message, channel }) => {
      const notify = message.trim() ? { message, channel: channel.trim() || "console" } : null;
      return { notify, would: await ask(`${pathOf(one)}/cancel`, { method: "POST", body: { dry_run: true, notify } }) };
    },
  });
  if (!asked) return false;
  const { notify, would } = asked;
  const found = await inquire({
    title: "Cancel it for good?",
    words: html`${count(would.held, "held reservation")} and ${count(would.confirmed, "sold one")} are released, and ${
      notify ? `${count(would.customers, "customer")} told` : "nobody is told"}. Nothing takes this back.`,
    act: "Cancel the show",
    isDangerous: true,
    check: () => ask(`${pathOf(one)}/cancel`, { method: "POST", body: { notify } }),
  });
  if (!found) return false;
  tell(found.batch ? html`It is cancelled. <a href="/jobs?batch=${found.batch}">See the releases go</a>` : "It is accepted and waits its turn.");
  return true;
}

async function remove(one) {
  const found = await inquire({
    title: "Delete it?",
    words: html`<b>${plain(one.name)}</b>, its ledger and all that is stored about it. Nothing takes this back. Where something is held or sold it is refused.`,
    act: "Delete",
    isDangerous: true,
    check: () => ask(pathOf(one), { method: "DELETE" }),
  });
  if (found?.deleted) location.assign("/box-office");
  else if (found) tell("It is accepted and waits its turn.");
  return Boolean(found);
}

async function change(one) {
  const found = await edit(one);
  if (found) tell(said(found, "It is changed."));
  return Boolean(found);
}

export const ACTS = { open, close, pause, resume, edit: change, restock, resize, archive, cancel, delete: remove };
export const LABELS = {
  open: "Open", close: "Close", pause: "Pause", resume: "Resume", edit: "Edit", restock: "Restock", resize: "Resize",
  archive: "Archive", cancel: "Cancel the show", delete: "Delete",
};
export const IS_DANGEROUS = new Set(["cancel", "delete"]);

/** Which of these fit this show or product and its reader. */
export function actionsOf(one) {
  const isShow = kindOf(one) === "show", is = one.status;
  const stage = may("set_up") && [
    (is === "closed" || is === "archived") && "open",
    is === "on_sale" && "close",
    "edit",
    !isShow && "restock",
    "resize",
    (is === "closed" || is === "cancelled") && "archive",
    isShow && is !== "cancelled" && "cancel",
    "delete",
  ];
  return [may("pause") && (one.paused ? "resume" : "pause"), ...(stage || [])].filter(Boolean);
}
