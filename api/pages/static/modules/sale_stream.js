// How the sale of one show or product stands, live, over fetch: an EventSource could not send the reservation's token.

const TRY_AGAIN_MS = [500, 2_000, 5_000, 10_000];
const SILENT_MS = 45_000; // the server says something at least every 15 s
const PATIENCE_MS = 3_000; // a connection that is back so soon was not lost
const shown = document.getElementById("link");

const LOST = "Connection lost, trying again", CROWDED = "Too many pages are open at your address, trying again";

function say(isLost, why = LOST) {
  const words = isLost ? why : "Live";
  shown.hidden = false;
  shown.dataset.is = isLost ? "lost" : "live";
  if (shown.textContent !== words) shown.textContent = words;
}

/** `told(name, data)` is called with "level", "reservation", or "gone"; and with "outdated" if the token is no longer good. */
export class SaleStream {
  #path; #told; #token = ""; #control = null; #attempt = null; #alarm = 0; #isLost = false; #why = LOST;

  constructor(path, told) {
    this.#path = path;
    this.#told = told;
    addEventListener("offline", () => this.#attempt?.abort());
    addEventListener("online", () => this.#isLost && this.open());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#isLost && this.open());
  }

  /** Opens it anew, for the reservation of this token from now on. */
  open(token = this.#token) {
    this.#token = token;
    this.#control?.abort();
    this.#control = new AbortController();
    this.#follow(this.#control);
  }

  async #follow(control) {
    for (let failures = 0; !control.signal.aborted; failures++) {
      try {
        if (await this.#read(control, () => (failures = 0))) return;
      } catch {
        // it broke off, or does not answer
      }
      if (control.signal.aborted) return;
      this.#lose();
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS[Math.min(failures, TRY_AGAIN_MS.length - 1)]));
    }
  }

  #lose() {
    this.#alarm ||= setTimeout(() => {
      this.#isLost = true;
      say(true, this.#why);
    }, PATIENCE_MS);
  }

  #find() {
    clearTimeout(this.#alarm);
    this.#alarm = 0;
    this.#isLost = false;
    say(false);
  }

  /** Reads one answer to its end. Returns whether there will be no other. */
  async #read(control, heard) {
    const attempt = (this.#attempt = new AbortController());
    const stop = () => attempt.abort();
    control.signal.addEventListener("abort", stop);
    let watch = setTimeout(stop, SILENT_MS);
    try {
      const headers = this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
      const answer = await fetch(this.#path, { headers, signal: attempt.signal, cache: "no-store" });
      const over = { 401: "outdated", 404: "gone" }[answer.status];
      if (over) return this.#told(over, {}), true;
      this.#why = answer.status === 429 ? CROWDED : LOST;
      if (!answer.ok) throw new Error(`${answer.status}`);
      this.#find();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ; ) {
        const { done, value } = await reader.read();
        if (done) return false;
        clearTimeout(watch);
        watch = setTimeout(stop, SILENT_MS);
        heard();
        const parts = (rest + value).split("\n\n");
        rest = parts.pop();
        for (const part of parts) if (this.#take(part)) return true;
      }
    } finally {
      clearTimeout(watch);
      control.signal.removeEventListener("abort", stop);
    }
  }

  #take(part) {
    const lines = Object.fromEntries(part.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
    if (lines.data) this.#told(lines.event, JSON.parse(lines.data));
    return lines.event === "gone";
  }
}
