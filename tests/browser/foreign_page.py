"""A page of another origin, and what it tries on a site: to read, and to change, in every way that a browser has."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Page

PATHS = [
    "/",
    "/docs/openapi.json",
    "/v1/stats",
    "/v1/jobs",
    "/v1/shows",
    "/v1/keys",
    "/metrics",
    "/flower/workers?json=1",
]
CHANGES = [
    ("POST", "/v1/types/mallory/pause", ""),
    ("POST", "/v1/jobs", '{"type": "mallory"}'),
    ("POST", "/v1/keys", '{"owner": "mallory", "roles": ["admin"]}'),
    ("PUT", "/v1/types/mallory", '{"weight": 3}'),
    ("DELETE", "/v1/shows/hamlet", ""),
    ("POST", "/sign-out", ""),
    ("POST", "/sign-in", "key=usk_x"),
    ("POST", "/flower/api/worker/shutdown/a", ""),
    ("POST", "/flower/api/task/revoke/" + "a" * 26, ""),
    ("GET", "/process", ""),
    ("GET", "/reserve_seat", ""),
]
# Returns what it could read of the site: it must be nothing.
TRY = """async ([site, paths, changes]) => {
  const found = [];
  const patience = (promise) => Promise.race([promise, new Promise((end) => setTimeout(end, 1500))]);
  const read = async (path, options) => {
    try {
      const answer = await fetch(site + path, options);
      const text = await answer.text();
      if (text || answer.status) found.push(`${options.method} ${path}: ${answer.status} ${text.slice(0, 80)}`);
    } catch { /* refused */ }
  };
  for (const path of paths) {
    for (const credentials of ["omit", "include"]) {
      for (const mode of ["cors", "no-cors"]) await read(path, { credentials, mode });
    }
  }
  for (const [method, path, body] of changes) {
    for (const mode of ["cors", "no-cors"]) {
      for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded"]) {
        const given = method === "GET" ? {} : { body, headers: { "Content-Type": type } };
        await read(path, { method, mode, credentials: "include", ...given });
      }
      await read(path, { method, mode, credentials: "include", headers: { "X-XSRFToken": "a".repeat(26) } });
    }
    const form = document.createElement("form");
    const frame = document.createElement("iframe");
    frame.name = `frame${Math.random()}`;
    document.body.append(frame, form);
    Object.assign(form, { method, action: site + path, target: frame.name, enctype: "text/plain" });
    const input = document.createElement("input");
    [input.name, input.value] = ['{"type": "mallory", "x": "', '"}'];
    form.append(input);
    const loaded = new Promise((end) => (frame.onload = end));
    form.submit();
    await patience(loaded);
    const image = new Image();
    image.src = site + path;
    await patience(new Promise((end) => (image.onload = image.onerror = end)));
    if (image.width) found.push(`image ${path}`);
  }
  for (const path of ["/v1/stream?topic=type:mallory", "/v1/stream?topic=show:hamlet"]) {
    for (const withCredentials of [false, true]) {
      const source = new EventSource(site + path, { withCredentials });
      await patience(new Promise((end) => {
        source.onopen = source.onmessage = () => end(found.push(`events ${path}`));
        source.onerror = end;
      }));
      source.close();
    }
  }
  for (const path of ["/flower/", "/flower/api/task/events/task-succeeded/", "/v1/stream"]) {
    const socket = new WebSocket(site.replace("http", "ws") + path);
    await patience(new Promise((end) => {
      socket.onopen = () => end(found.push(`websocket ${path}`));
      socket.onerror = end;
    }));
    socket.close();
  }
  for (const path of ["/", "/v1/stats", "/flower/"]) {
    const frame = document.createElement("iframe");
    frame.src = site + path;
    const loaded = new Promise((end) => (frame.onload = end));
    document.body.append(frame);
    await patience(loaded);
    try {
      const text = frame.contentDocument && frame.contentDocument.body.innerText;
      if (text) found.push(`frame ${path}: ${text.slice(0, 80)}`);
    } catch { /* another origin */ }
  }
  return found;
}"""


class Handler(BaseHTTPRequestHandler):
    """The same empty page at every address."""

    def do_GET(self) -> None:
        text = b"<!doctype html><title>Foreign</title><link rel=icon href=data:,><body></body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def serving() -> Iterator[int]:
    """A server of foreign pages on this machine; its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def try_everything(page: Page, site: str) -> list[str]:
    """What a page could read of the site at this URL, while it also tried to change things."""
    found: list[str] = page.evaluate(TRY, [site, PATHS, CHANGES])
    return found
