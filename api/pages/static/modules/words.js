// How the pages write numbers, times, states and problems: times in the reader's zone, with the exact one on hover.
import { html, nothing } from "../vendor/lit-html/lit-html.js";

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
const NUMBER = new Intl.NumberFormat();
const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"]];

export const number = (value) => NUMBER.format(value);

/** 1234 ms -> "1.23 s"; two parts at most. */
export function span(ms) {
  if (ms < 1) return "0 ms";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(2)} s`;
  let left = Math.round(ms / 1_000);
  const parts = [];
  for (const [size, unit] of UNITS) {
    if (left >= size && parts.length < 2) parts.push(`${Math.floor(left / size)} ${unit}`);
    left %= size;
  }
  if (parts.length < 2 && ms < 3_600_000 && left) parts.push(`${left} s`);
  return parts.join(" ");
}

/** The same in one part: 5 min. */
export const roughly = (ms) => span(ms < 60_000 ? Math.floor(ms / 1_000) * 1_000 : ms).replace(/^(\d+ (?:d|h|min)) .*/, "$1").replace(/^(\d+)\.00 s/, "$1 s");

export const exact = (ms) => EXACT.format(ms);

/** A moment, today's as a clock, others with their day; `ms` null = nothing. */
export function moment(ms) {
  if (ms == null) return "";
  const isToday = new Date(ms).toDateString() === new Date().toDateString();
  return html`<time datetime=${new Date(ms).toISOString()} title=${exact(ms)}>${(isToday ? CLOCK : DAY).format(ms)}</time>`;
}

/** How long ago, or how long until; it stands still until the page is drawn again. */
export function ago(ms) {
  if (ms == null) return "";
  const away = Date.now() - ms;
  const said = Math.abs(away) < 1_000 ? "now" : away > 0 ? `${roughly(away)} ago` : `in ${roughly(-away)}`;
  return html`<time datetime=${new Date(ms).toISOString()} title=${exact(ms)}>${said}</time>`;
}

export const state = (name) => html`<span class="state ${name}">${name.replaceAll("_", " ")}</span>`;

/** Text without characters that control, hide or turn the direction of others: a sign stands in the place of each. */
export const seen = (text) =>
  String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, "\ufffd");

/** The same as a part of a page, in its own direction. */
export const plain = (text) => html`<bdi>${seen(text)}</bdi>`;

export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** What went wrong, in the words of the API; nothing if nothing did. */
export const noticeOf = (problem) => (problem ? html`<div class="notice error" role="alert"><p>${plain(problem.message)}</p></div>` : nothing);
