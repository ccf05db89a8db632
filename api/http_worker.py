"""gunicorn's worker, which answers a request that is no HTTP as every other error is answered."""

import http
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.ggevent import GeventWorker

from api.codes import CODES, body_of, status_of
from tasks_app.encoding import told
from tasks_app.printing import one_line

DETAILS: tuple[tuple[type[Exception], str], ...] = (
    (errors.LimitRequestLine, "The request line is too long."),
    (errors.LimitRequestHeaders, "The headers are too many or too long."),
    (errors.InvalidRequestLine, "The request line is not HTTP."),
    (errors.InvalidRequestMethod, "The method is not one of HTTP."),
    (errors.InvalidHTTPVersion, "The version of HTTP is not one that is spoken here."),
    (errors.UnsupportedTransferCoding, "The transfer coding is not one that is taken here."),
    (errors.ExpectationFailed, "The expectation is not one that is met here."),
    (errors.ParseException, "A header, or how the body is cut, is not HTTP."),
)


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """As gunicorn's own, save for what its errors look like."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ARG002
        """Answer, and close the connection: where the next request would begin nobody knows."""
        is_ours = isinstance(exc, errors.InvalidResponseHeader | errors.InvalidResponseHeaderName)
        detail = "" if is_ours else next((text for kind, text in DETAILS if isinstance(exc, kind)), "")
        code = "bad_request" if detail else "internal_error"
        if detail:
            self.log.warning("a request is not HTTP: %s", one_line(str(exc))[:200])
        else:
            self.log.error("a request could not be answered", exc_info=exc)
        try:
            util.write_nonblock(client, refusal(code, detail or CODES[code].meaning))
        except Exception:  # the caller is gone, or does not listen
            self.log.debug("a refusal was not read")


def refusal(code: str, detail: str) -> bytes:
    """The whole answer, as bytes."""
    status = status_of(code)
    text = told(body_of(code, status, detail)).encode()
    lines = (
        f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}",
        "Connection: close",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(text)}",
        "X-Content-Type-Options: nosniff",
    )
    return "\r\n".join((*lines, "", "")).encode() + text
