"""The access log: a line for each request, or for each that went wrong. Off unless USHER_ACCESS_LOG says otherwise."""

import logging
import re
from collections.abc import Mapping
from typing import Any, Literal

ROUTE = "usher.route"  # in the environ: the template of the route, once it is known
KEY = "usher.key"  # the same: the id of the caller's key
PATH_CHARACTERS = 200
PRIVATE = re.compile(r"<(\w+:)?(address|customer)>")  # parts of a path that name people

log = logging.getLogger("usher.access")


class AccessLog:
    """`which`: `off`, `errors` (statuses from 400 on) or `all`."""

    def __init__(self, which: Literal["off", "errors", "all"]) -> None:
        self.is_on = which != "off"
        self._least = 400 if which == "errors" else 100
        log.setLevel(logging.INFO)  # USHER_ACCESS_LOG alone decides

    def tell(self, environ: Mapping[str, Any], status: int, seconds: float, sent: int) -> None:
        """One answer, after its last byte; `sent`: bytes of its body. A path with a person's address is not shown."""
        if not self.is_on or status < self._least:
            return
        method, route = environ.get("REQUEST_METHOD"), environ.get(ROUTE)
        path = environ.get("PATH_INFO")
        if path is not None:
            path = route if route and PRIVATE.search(route) else path[:PATH_CHARACTERS]
        fields = {
            "method": method,
            "route": route,
            "path": path,
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
            "bytes": sent,
            "remote": environ.get("REMOTE_ADDR"),
        }
        if key := environ.get(KEY):
            fields["key"] = key
        log.info("%s %s %d", method or "?", path or "?", status, extra=fields)
