// One topic's live events: resumed without a gap when the connection breaks or the computer slept, and said so.

const TRY_AGAIN_MS = [500, 2_000, 5_000, 10_000];
const PATIENCE_MS = 3_000; // a connection that ends as it should, or is back so soon, was not lost
const SLEPT_MS = 40_000; // the clock jumped by so much: the connection may be dead without anybody having said so
const shown = document.getElementById("link");
const followed = new Set(), lost = new Set();

function say(topic, isLost) {
  if (isLost) lost.add(topic);
  else lost.delete(topic);
  shown.hidden = !followed.size;
  shown.dataset.is = lost.size ? "lost" : "live";
  const words = lost.size ? "Connection lost, trying again" : "Live";
  if (shown.textContent !== words) shown.textContent = words;
}

/**
 * Calls `told(event, kind)` with each event; `kind` is "message", or "snapshot" or "reset" for how things are now.
 * `ended` is called when no event will come any more. Returns a function that ends it.
 */
export function follow(topic, told, ended = () => {}) {
  let source = null, last = "", failures = 0, timer = 0, alarm = 0, seen = Date.now(), isOver = false;
  followed.add(topic);

  function end() {
    isOver = true;
    clearInterval(beat);
    clearTimeout(timer);
    clearTimeout(alarm);
    removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", wake);
    source.close();
    followed.delete(topic);
    say(topic, false);
  }

  function open() {
    clearTimeout(timer);
    source?.close();
    const query = new URLSearchParams(last ? { topic, after: last } : { topic });
    source = new EventSource(`/v1/stream?${query}`);
    source.onopen = () => {
      failures = 0;
      clearTimeout(alarm);
      say(topic, false);
    };
    for (const kind of ["message", "snapshot", "reset"]) {
      source.addEventListener(kind, (event) => {
        last = event.lastEventId || last;
        told(JSON.parse(event.data), kind);
      });
    }
    source.onerror = () => {
      if (isOver) return;
      clearTimeout(alarm);
      alarm = setTimeout(() => say(topic, true), PATIENCE_MS);
      if (source.readyState === EventSource.CLOSED) look();
    };
  }

  // The browser gives up at any answer but 200. 204 and 404: there is no more; all others pass.
  async function look() {
    source.close();
    const control = new AbortController();
    const query = new URLSearchParams(last ? { topic, after: last } : { topic });
    try {
      const answer = await fetch(`/v1/stream?${query}`, { signal: control.signal });
      control.abort();
      if (answer.status === 401) return location.assign(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`);
      if ([204, 403, 404].includes(answer.status)) {
        end();
        return ended(answer.status);
      }
    } catch {
      // it does not answer
    }
    timer = setTimeout(open, TRY_AGAIN_MS[Math.min(failures++, TRY_AGAIN_MS.length - 1)]);
  }

  const beat = setInterval(() => {
    const now = Date.now();
    if (now - seen > SLEPT_MS) open();
    seen = now;
  }, 5_000);
  const wake = () => document.visibilityState === "visible" && (source.readyState === EventSource.CLOSED || lost.has(topic)) && open();
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  open();
  return end;
}
