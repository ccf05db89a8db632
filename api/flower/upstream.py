"""Upstream: sends a request on to Flower, and Flower's answer back. Flower has no websockets and no endless answers."""

from collections.abc import Iterator
from urllib.parse import quote

import urllib3
from flask import Request, Response
from urllib3.exceptions import HTTPError

from api.http import problem
from tasks_app.access import FLOWER_PASS

CONNECT_SECONDS, READ_SECONDS = 2.0, 30.0
KEPT = 8  # connections
PART_BYTES = 65_536
SENT_ON = ("Accept", "Content-Type", "If-None-Match", "If-Modified-Since")
# Flower sets a cookie that it does not need behind this door, and may allow other origins: neither goes on.
SENT_BACK = ("Content-Type", "Content-Length", "Location", "ETag", "Last-Modified", "Cache-Control")
FILES = "/flower/static/"  # only these may be kept
AWAY = "Flower does not answer: is `usher flower` running? FLOWER_HOST and FLOWER_PORT say where."


class Upstream:
    """Flower at an address that this process reaches."""

    def __init__(self, host: str, port: int) -> None:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._pool = urllib3.HTTPConnectionPool(host, port, timeout, KEPT, retries=False)

    def answer(self, asked: Request, passing: str) -> Response:
        """What Flower answers, or a problem if it does not. `passing`: what FlowerPass issued for this request."""
        headers = {name: asked.headers[name] for name in SENT_ON if name in asked.headers}
        headers[FLOWER_PASS] = passing
        target = quote(asked.path, safe="/@:")
        if asked.query_string:
            target += "?" + asked.query_string.decode("latin-1")
        method = "POST" if asked.method == "POST" else "GET"  # of HEAD it knows nothing
        try:
            got = self._pool.urlopen(
                method, target, asked.get_data(), headers, redirect=False, preload_content=False, decode_content=False
            )
        except HTTPError:
            return problem("flower_unavailable", AWAY)
        response = Response(_parts(got), got.status, direct_passthrough=True)
        del response.headers["Content-Type"]
        for name in SENT_BACK if asked.path.startswith(FILES) else SENT_BACK[:-1]:
            if name in got.headers:
                response.headers[name] = got.headers[name]
        return response


def _parts(got: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        yield from got.stream(PART_BYTES, decode_content=False)
    finally:
        got.close()  # if it was read to its end, its connection is kept already
