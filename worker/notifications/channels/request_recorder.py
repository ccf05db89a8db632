"""Records what this thread sends over HTTP and SMTP, for a library that does not say how a send ended."""

import contextlib
import smtplib
import socket
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from functools import cache
from typing import cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.util import parse_url

from tasks_app.notifications import Reply
from worker.notifications.channels import outgoing, wire
from worker.notifications.channels.meanings import meaning
from worker.notifications.channels.retry_after import retry_after_seconds


class _Seen(threading.local):
    """The channel for which this thread sends, and the result so far."""

    channel_name = ""
    answer: Reply | None = None


_seen = _Seen()


def start(channel_name: str) -> None:
    """Start a new message in this thread, with nothing recorded yet."""
    _watch()
    _seen.channel_name, _seen.answer = channel_name, None


def seen() -> Reply | None:
    """
    The result of this message's requests and mails: the first that is in doubt by the channel's meanings, otherwise the
    last. None if there was none.

    A message may take many requests: a login, or parts. An accepted request may have been a part, so a failure after it
    leaves the whole message in doubt.
    """
    return _seen.answer


def _note(answer: Reply) -> None:
    if not _seen.channel_name:  # a request of somebody else in this process, such as a user's own channel
        return
    if _seen.answer is None or meaning(_seen.channel_name, _seen.answer).action != "in_doubt":
        _seen.answer = answer


# The watched functions; their arguments are passed on unchanged.
_http_send: Callable[..., requests.Response] = HTTPAdapter.send
_http_pool: Callable[..., object] = HTTPAdapter.get_connection_with_tls_context
_smtp_connect: Callable[..., tuple[int, bytes]] = smtplib.SMTP.connect
_smtp_sendmail: Callable[..., dict[str, tuple[int, bytes]]] = smtplib.SMTP.sendmail
_smtp_data: Callable[..., tuple[int, bytes]] = smtplib.SMTP.data


@cache
def _watch() -> None:
    """Once per process. Other users of the two libraries in the process notice nothing."""
    HTTPAdapter.send = _requested  # type: ignore[method-assign,assignment]
    HTTPAdapter.get_connection_with_tls_context = _pooled  # type: ignore[method-assign,assignment]
    smtplib.SMTP._get_socket = _reached  # type: ignore[attr-defined]
    smtplib.SMTP.connect = _connected  # type: ignore[method-assign,assignment]
    smtplib.SMTP.sendmail = _mailed  # type: ignore[method-assign,assignment]
    smtplib.SMTP.data = _written  # type: ignore[method-assign,assignment]


def _pooled(adapter: HTTPAdapter, *arguments: object, **options: object) -> urllib3.HTTPConnectionPool:
    pool = cast(urllib3.HTTPConnectionPool, _http_pool(adapter, *arguments, **options))
    outgoing.watch(pool)
    return pool


def _requested(
    adapter: HTTPAdapter, request: requests.PreparedRequest, *arguments: object, **options: object
) -> requests.Response:
    """Record the status, whether or not the body can be read after it."""
    try:
        outgoing.start(judged=not _judged_before(request.url or "", options.get("proxies")))
        response = _http_send(adapter, request, *arguments, **options)
    except Exception as error:
        _note(wire.failed(error))
        if isinstance(error, outgoing.ForbiddenAddressError):
            raise requests.ConnectionError(error) from error
        raise
    headers, status = response.headers, response.status_code
    wait_seconds = retry_after_seconds(headers.get("Retry-After"), headers.get("Date"))
    _note(Reply(str(status), wait_seconds, f"the service answered {status}"))
    return response


def _judged_before(url: str, proxies: object) -> bool:
    """
    Is there a proxy for this URL? Then the connection goes to the proxy, which the operator chose and which may have a
    private address. The target behind it is checked here if its name can be resolved; otherwise the proxy must check
    it. Raises ForbiddenAddressError.
    """
    outgoing.start()
    if not select_proxy(url, cast(MutableMapping[str, str] | None, proxies)):
        return False
    parts = parse_url(url)
    with contextlib.suppress(socket.gaierror):
        outgoing.addresses((parts.host or "").strip("[]"), parts.port or 443)
    return True


def _reached(_: smtplib.SMTP, host: str, port: int, timeout_seconds: object) -> socket.socket:
    return outgoing.reach(host, port, timeout_seconds)


def _connected(smtp: smtplib.SMTP, *arguments: object, **options: object) -> tuple[int, bytes]:
    outgoing.start()
    try:
        greeting = _smtp_connect(smtp, *arguments, **options)
    except Exception as error:
        _note(wire.failed(error))
        raise
    _note(Reply("not_mailed", detail="the mail server was reached, but STARTTLS or the login failed"))
    return greeting


def _mailed(smtp: smtplib.SMTP, *arguments: object, **options: object) -> dict[str, tuple[int, bytes]]:
    """Record a mail. The server has it only once DATA was sent: a mail that fails before was surely not sent."""
    outgoing.start()
    try:
        refused = _smtp_sendmail(smtp, *arguments, **options)
    except smtplib.SMTPSenderRefused as error:
        answer = _refused(error.smtp_code)
        _note(replace(answer, code="sender_refused") if answer.code == "mail_refused" else answer)
        raise
    except smtplib.SMTPResponseException as error:
        _note(_refused(error.smtp_code))
        raise
    except smtplib.SMTPRecipientsRefused as error:
        _note(_refused(min(code for code, _ in error.recipients.values())))
        raise
    except Exception as error:
        _note(wire.failed(error))
        raise
    _note(Reply("250", detail="the mail server took it, but perhaps not for all, or only a part"))
    return refused


def _written(smtp: smtplib.SMTP, *arguments: object, **options: object) -> tuple[int, bytes]:
    outgoing.note_write()
    return _smtp_data(smtp, *arguments, **options)


def _refused(code: int) -> Reply:
    """RFC 5321: 4yz is temporary, 5yz permanent; in both cases the server has not taken the mail."""
    detail = f"the mail server answered {code}"
    if code // 100 in (4, 5):
        return Reply("mail_deferred" if code // 100 == 4 else "mail_refused", detail=detail)
    return Reply("unreadable_answer" if outgoing.written() else "not_mailed", detail=detail)
