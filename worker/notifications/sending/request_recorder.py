"""Records what this thread sends over HTTP and SMTP, for a library that does not say how a send ended."""

import contextlib
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.util import parse_url

from tasks_app.configuration import Settings
from tasks_app.notifications import Reply, Rows
from worker.notifications.sending import outgoing, wire
from worker.notifications.sending.meanings import meaning
from worker.notifications.sending.retry_after import retry_after_seconds


@dataclass(slots=True)
class Seen:
    """
    What was seen of one message. `reply` is the result of its requests and mails: the first that is in doubt by the
    channel's `rows`, otherwise the last. None if there was none.

    A message may take many requests: a login, or parts. An accepted request may have been a part, so a failure after it
    leaves the whole message in doubt.
    """

    rows: Rows
    settings: Settings  # bound its requests
    reply: Reply | None = None

    def note(self, reply: Reply) -> None:
        """Take the result of one more request or mail."""
        if self.reply is None or meaning(self.rows, self.reply).action != "in_doubt":
            self.reply = reply


class _Message(threading.local):
    """What this thread sends; None = nothing, so its requests are somebody else's, such as a user's own channel's."""

    seen: Seen | None = None


_message = _Message()


@contextlib.contextmanager
def recording(rows: Rows, settings: Settings) -> Iterator[Seen]:
    """Record what this thread sends within the block, which is one message of a channel with these rows."""
    _watch()
    _message.seen = seen = Seen(rows, settings)
    try:
        yield seen
    finally:
        _message.seen = None


# The watched functions; their arguments are passed on unchanged.
_http_send: Callable[..., requests.Response] = HTTPAdapter.send
_http_pool: Callable[..., object] = HTTPAdapter.get_connection_with_tls_context
_smtp_reach: Callable[..., socket.socket] = smtplib.SMTP._get_socket  # type: ignore[attr-defined]
_smtp_connect: Callable[..., tuple[int, bytes]] = smtplib.SMTP.connect
_smtp_sendmail: Callable[..., dict[str, tuple[int, bytes]]] = smtplib.SMTP.sendmail
_smtp_data: Callable[..., tuple[int, bytes]] = smtplib.SMTP.data


@cache
def _watch() -> None:
    """Once per process. Requests outside `recording` go the libraries' own way."""
    HTTPAdapter.send = _requested  # type: ignore[method-assign,assignment]
    HTTPAdapter.get_connection_with_tls_context = _pooled  # type: ignore[method-assign,assignment]
    smtplib.SMTP._get_socket = _reached  # type: ignore[attr-defined]
    smtplib.SMTP.connect = _connected  # type: ignore[method-assign,assignment]
    smtplib.SMTP.sendmail = _mailed  # type: ignore[method-assign,assignment]
    smtplib.SMTP.data = _written  # type: ignore[method-assign,assignment]


def _pooled(adapter: HTTPAdapter, *arguments: object, **options: object) -> urllib3.HTTPConnectionPool:
    pool = cast(urllib3.HTTPConnectionPool, _http_pool(adapter, *arguments, **options))
    if _message.seen:
        outgoing.watch(pool)
    return pool


def _requested(
    adapter: HTTPAdapter, request: requests.PreparedRequest, *arguments: object, **options: object
) -> requests.Response:
    """Record the status, whether or not the body can be read after it."""
    seen = _message.seen
    if seen is None:
        return _http_send(adapter, request, *arguments, **options)
    try:
        outgoing.start(seen.settings)
        if _judged_before(request.url or "", options.get("proxies")):
            outgoing.start(seen.settings, judged=False)
        response = _http_send(adapter, request, *arguments, **options)
    except Exception as error:
        seen.note(wire.failed(error))
        if isinstance(error, outgoing.ForbiddenAddressError):
            raise requests.ConnectionError(error) from error
        raise
    headers, status = response.headers, response.status_code
    wait_seconds = retry_after_seconds(headers.get("Retry-After"), headers.get("Date"))
    seen.note(Reply(str(status), wait_seconds, f"the service answered {status}"))
    return response


def _judged_before(url: str, proxies: object) -> bool:
    """
    Is there a proxy for this URL? Then the connection goes to the proxy, which the operator chose and which may have a
    private address. The target behind it is checked here if its name can be resolved; otherwise the proxy must check
    it. Raises ForbiddenAddressError.
    """
    if not select_proxy(url, cast(MutableMapping[str, str] | None, proxies)):
        return False
    parts = parse_url(url)
    with contextlib.suppress(socket.gaierror):
        outgoing.addresses((parts.host or "").strip("[]"), parts.port or 443)
    return True


def _reached(smtp: smtplib.SMTP, host: str, port: int, timeout_seconds: object) -> socket.socket:
    if _message.seen is None:
        return _smtp_reach(smtp, host, port, timeout_seconds)
    return outgoing.reach(host, port, timeout_seconds)


def _connected(smtp: smtplib.SMTP, *arguments: object, **options: object) -> tuple[int, bytes]:
    seen = _message.seen
    if seen is None:
        return _smtp_connect(smtp, *arguments, **options)
    outgoing.start(seen.settings)
    try:
        greeting = _smtp_connect(smtp, *arguments, **options)
    except Exception as error:
        seen.note(wire.failed(error))
        raise
    seen.note(Reply("not_mailed", detail="the mail server was reached, but STARTTLS or the login failed"))
    return greeting


def _mailed(smtp: smtplib.SMTP, *arguments: object, **options: object) -> dict[str, tuple[int, bytes]]:
    """Record a mail. The server has it only once DATA was sent: a mail that fails before was surely not sent."""
    seen = _message.seen
    if seen is None:
        return _smtp_sendmail(smtp, *arguments, **options)
    outgoing.start(seen.settings)
    try:
        refused = _smtp_sendmail(smtp, *arguments, **options)
    except smtplib.SMTPSenderRefused as error:
        answer = _refused(error.smtp_code)
        seen.note(replace(answer, code="sender_refused") if answer.code == "mail_refused" else answer)
        raise
    except smtplib.SMTPResponseException as error:
        seen.note(_refused(error.smtp_code))
        raise
    except smtplib.SMTPRecipientsRefused as error:
        seen.note(_refused(min(code for code, _ in error.recipients.values())))
        raise
    except Exception as error:
        seen.note(wire.failed(error))
        raise
    seen.note(Reply("250", detail="the mail server took it, but perhaps not for all, or only a part"))
    return refused


def _written(smtp: smtplib.SMTP, *arguments: object, **options: object) -> tuple[int, bytes]:
    if _message.seen:
        outgoing.note_write()
    return _smtp_data(smtp, *arguments, **options)


def _refused(code: int) -> Reply:
    """RFC 5321: 4yz is temporary, 5yz permanent; in both cases the server has not taken the mail."""
    detail = f"the mail server answered {code}"
    if code // 100 in (4, 5):
        return Reply("mail_deferred" if code // 100 == 4 else "mail_refused", detail=detail)
    return Reply("unreadable_answer" if outgoing.written() else "not_mailed", detail=detail)
