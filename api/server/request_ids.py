"""X-Request-Id: the caller's if it is fit, otherwise a new one. It is on every answer and every line of the request."""

import os
import re
from itertools import count
from typing import Any

from tasks_app.logs import request_id

HEADER = "X-Request-Id"
IN_ENVIRON = "HTTP_X_REQUEST_ID"
FIT = re.compile(r"[!-~]{1,128}")  # printable ASCII without blanks: it stands in a header and in lines of the log


def begin(environ: dict[str, Any]) -> None:
    """A request begins: from now on its id is known in this greenlet."""
    given = environ.get(IN_ENVIRON)
    request_id.set(given if given is not None and FIT.fullmatch(given) else fresh())


def current() -> str:
    """The id of the request that is answered here; a new one where nobody knows what was asked."""
    found = request_id.get()
    if not found:
        found = fresh()
        request_id.set(found)
    return found


def end() -> None:
    """What this greenlet does next is no part of the request."""
    request_id.set("")


def fresh() -> str:
    """An id that nobody else has: chance for the process, and a number in it. Chance for each took twice as long."""
    return f"{_process}{next(_numbers):08x}"


def _begin_process() -> None:
    global _process
    _process = os.urandom(8).hex()


_numbers = count()
_process = ""
_begin_process()
os.register_at_fork(after_in_child=_begin_process)
