// Sparklines: a line over time, as SVG; gaps where nothing was recorded. The highest value and the last one in words.
import { svg, html } from "../vendor/lit-html/lit-html.js";
import { exact, number } from "./words.js";

const HEIGHT = 24;

/** `values`: numbers or null for gaps, one for each step of `step` ms from `start` on. */
export function spark(values, { start, step, words }) {
  const most = Math.max(0, ...values.filter((one) => one !== null));
  const last = values.findLast((one) => one !== null) ?? 0;
  const high = most || 1;
  const lines = [];
  let line = [];
  values.forEach((value, place) => {
    if (value === null) {
      if (line.length) lines.push(line);
      line = [];
    } else line.push(`${place},${(HEIGHT - 1 - (value / high) * (HEIGHT - 2)).toFixed(1)}`);
  });
  if (line.length) lines.push(line);
  const label = `${words}: at most ${number(most)}, ${number(last)} at the end`;
  const title = `${label} (${exact(start)} to ${exact(start + step * values.length)})`;
  return html`<svg class="spark" viewBox="0 0 ${values.length - 1} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${label}>
    <title>${title}</title>${lines.map((one) => one.length === 1
      ? svg`<polyline points="${one[0]} ${one[0].replace(/^\d+/, (x) => Number(x) + 0.5)}"></polyline>`
      : svg`<polyline points=${one.join(" ")}></polyline>`)}</svg>`;
}
