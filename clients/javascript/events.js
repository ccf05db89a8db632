// Streams of events that go on where they broke off: server-sent events over fetch, with `Last-Event-ID` and headers.

import { judged, patience, pause } from "./requests.js";

const SILENT_SECONDS = 45; // a stream says something at least every 15 s; one that is silent for so long is dead
const BROKEN_PAUSE_SECONDS = 2; // before a stream is opened again that broke without having told anything

/** What happens to a topic, each event once and in order, however often the connection breaks. */
export async function* watch(requests, topic, { after, signal } = {}) {
  for (;;) {
    const opened = await open(requests, topic, after, signal);
    let told = false;
    try {
      if (opened.status === 204) return; // it is over, and all of it was told
      if (opened.status !== 200) judged(opened);
      for await (const event of events(opened)) {
        after = event.id;
        told = true;
        yield event;
      }
    } finally {
      opened.end();
    }
    signal?.throwIfAborted();
    if (!told) await pause(Math.random() * BROKEN_PAUSE_SECONDS, signal);
  }
}

async function open(requests, topic, after, signal) {
  return requests.repeatedly({ mayRepeat: true, signal, streams: true }, async () => {
    const close = new AbortController();
    const wait = patience(SILENT_SECONDS, signal);
    wait.signal.addEventListener("abort", () => close.abort(wait.signal.reason), { once: true });
    const end = () => (wait.end(), close.abort());
    const headers = { ...requests.own, Accept: "text/event-stream" };
    if (after !== undefined) headers["Last-Event-ID"] = after;
    try {
      const url = requests.url({ path: "/v1/stream", query: { topic } });
      const response = await requests.fetch(url, { headers, signal: close.signal, cache: "no-store" });
      const opened = { status: response.status, headers: response.headers, response, end, hear: wait.hear };
      if (response.status === 200) return opened;
      const body = await response.json().catch(() => undefined);
      end();
      return { ...opened, body };
    } catch (error) {
      end();
      throw error;
    }
  });
}

/** The events of one answer, until it ends or breaks off. */
async function* events({ response, hear }) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new Parser();
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch {
      return; // broken off: it is opened again
    }
    if (piece.done) return;
    hear();
    yield* parser.feed(decoder.decode(piece.value, { stream: true }));
  }
}

/** Turns the text of one stream into events. */
class Parser {
  #rest = "";
  #fields = {};

  *feed(piece) {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) {
      const text = line.replace(/\r$/, "");
      const colon = text.indexOf(":");
      const name = colon < 0 ? text : text.slice(0, colon);
      const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
      if (name) {
        this.#fields[name] = name === "data" && "data" in this.#fields ? `${this.#fields.data}\n${value}` : value;
      } else if (!text) {
        const { id, event, data } = this.#fields;
        this.#fields = {};
        if (id !== undefined && data !== undefined) {
          const body = JSON.parse(data);
          yield { id, name: event || body.event || "", data: body };
        }
      }
    }
  }
}
