// The sandbox: a banner while every notification goes to the console, and the switch for those who may use it.
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { ask, may } from "./ask.js";
import { gathered } from "./bursts.js";
import { attempt, inquire } from "./messages.js";
import { ago, plain } from "./words.js";

const PATH = "/v1/sandbox";
const REST_MS = 5_000; // between two looks: a busy system tells of jobs all the time

export class Sandbox {
  /** `changed` is called when there is something to draw. `look` asks how it is, soon; call it when something happened. */
  constructor(changed) {
    Object.assign(this, { changed, now: { on: false } });
    this.look = gathered(() => this.load(), REST_MS);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.load());
  }

  async load() {
    if (!may("survey")) return;
    this.take(await ask(PATH).catch(() => this.now)); // whoever cannot ask it does not hear of the notifications either
  }

  take(now) {
    const differs = JSON.stringify(now) !== JSON.stringify(this.now);
    this.now = now;
    if (differs) this.changed();
  }

  async turnOn() {
    const found = await inquire({
      title: "Send everything to the console?",
      words: "Every notification of the whole system is written to the console and reaches nobody, until the sandbox is switched off.",
      fields: html`<label for="reason">Why (others see it)</label><input id="reason" name="reason" maxlength="200" autocomplete="off">`,
      act: "Switch it on",
      check: ({ reason }) => ask(PATH, { method: "PUT", body: reason ? { on: true, reason } : { on: true } }),
    });
    if (found) this.take(found);
  }

  async turnOff() {
    const isSure = await inquire({
      title: "Send to people again?",
      words: "New notifications go to their providers and reach people. What was written to the console is not sent.",
      act: "Switch it off",
      isDangerous: true,
    });
    if (isSure) await attempt(async () => this.take(await ask(PATH, { method: "PUT", body: { on: false } })), "Notifications go to their providers.");
  }

  /** The button that switches it on; nothing while it is on. */
  button() {
    return may("operate") && !this.now.on ? html`<button class="quiet" type="button" @click=${() => this.turnOn()}>Sandbox</button>` : nothing;
  }

  /** Nothing while it is off. */
  banner() {
    const { on, since_ms: since, by, reason } = this.now;
    return html`<div role="status">${on ? html`<div class="notice sandbox"><p><b>Sandbox: every notification goes to the console and reaches nobody</b>,
      since ${ago(since)}${by ? html` by ${plain(by)}` : nothing}${reason ? html`: ${plain(reason)}` : "."}</p>
      ${may("operate") ? html`<button class="quiet small" type="button" @click=${() => this.turnOff()}>Switch it off</button>` : nothing}</div>` : nothing}</div>`;
  }
}
