"""One HTTP request to a provider: on kept-alive connections, bounded in time, and it knows whether it was written."""

import http.client
import ssl
from http import HTTPStatus
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.ssl_match_hostname import CertificateError

from tasks_app.configuration import Settings
from tasks_app.errors import InvalidAddressError
from tasks_app.notifications import Reply, http_url
from tasks_app.usher import Usher
from worker.notifications.sending import outgoing
from worker.notifications.sending.retry_after import retry_after_seconds

BODY_BYTES = 4_096  # of an answer; after a longer answer the connection is not worth keeping
DETAIL_CHARACTERS = 200


def origin(url: str) -> str:
    """`HTTPS://Host:443/x` -> `https://host`. Raises InvalidAddressError."""
    parts = http_url(url)
    scheme = str(parts.scheme)
    usual = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{parts.host}" + ("" if parts.port in (None, usual) else f":{parts.port}")


class Wire:
    """Sends requests within the bounds of these settings, on connections that it keeps. Many threads may use it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.pools = outgoing.Pools()

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        """
        Send one request, without redirects and repetitions; the other side can never make it raise.

        Codes: the status, or not_connected, tls_failed (surely not sent), timeout_after_write, reset_after_write,
        unreadable_answer (perhaps sent), rejected_address, forbidden_address.
        """
        settings = self._settings
        outgoing.start(settings)
        timeout = urllib3.Timeout(connect=settings.connect_timeout_seconds, read=settings.answer_timeout_seconds)
        try:
            parts = http_url(url)
            # The pool itself: its manager would parse the URL again, which takes a seventh of a request's processor
            # time.
            response = self.pools.connection_from_host(parts.host, parts.port, parts.scheme).urlopen(
                "POST",
                parts.request_uri,
                body=body,
                headers={"User-Agent": "Usher", **headers},
                timeout=timeout,
                redirect=False,  # with it, urllib3 would only parse Location, and take a bad one for a bad answer
                preload_content=False,
                decode_content=False,
            )
        except (HTTPError, OSError, http.client.HTTPException, ValueError) as error:
            return failed(error)
        return _answered(response, url)


def wire_of(usher: Usher) -> Wire:
    """The wire of this Usher, as a part of it: its channels share the connections."""
    return Wire(usher.settings)


def failed(error: Exception) -> Reply:
    """Our own reply for this thread's request, which got no answer."""
    cause, written = _root(error), outgoing.written()
    if isinstance(cause, outgoing.ForbiddenAddressError):
        own = "the address is not a public one; USHER_ALLOWED_NETWORKS names networks of one's own"
        return Reply("forbidden_address", detail=own, said=str(cause))
    if written and isinstance(cause, ReadTimeoutError | TimeoutError):
        return Reply("timeout_after_write", detail="no answer in time; it may have arrived")
    if written and isinstance(cause, OSError):
        return Reply("reset_after_write", detail="the connection ended before the answer; it may have arrived")
    if written:
        return Reply("unreadable_answer", detail="the answer is no HTTP; it may have arrived")
    if isinstance(cause, ssl.SSLError | CertificateError):
        return Reply("tls_failed", detail=f"TLS: {getattr(cause, 'reason', None) or 'the certificate does not fit'}")
    if isinstance(error, InvalidAddressError):
        return Reply("rejected_address", detail=f"the address {error}")
    if isinstance(error, ValueError):
        return Reply("rejected_address", detail=str(error)[:DETAIL_CHARACTERS])
    said = str(cause) if isinstance(cause, OSError) and not isinstance(cause, TimeoutError) else ""  # by a proxy
    detail = getattr(cause, "strerror", None) or ("the proxy refused" if said else "no connection in time")
    return Reply("not_connected", detail=detail, said=_readable(said))


def _root(error: BaseException) -> BaseException:
    """The error at the bottom: urllib3 and requests carry it as an argument, as `reason`, or as the cause."""
    arguments = [one for one in error.args if isinstance(one, Exception)]
    inner = arguments[-1] if arguments else getattr(error, "reason", None) or error.__cause__
    return _root(inner) if isinstance(inner, Exception) else error


def _answered(response: urllib3.BaseHTTPResponse, url: str) -> Reply:
    """The status counts even when the rest of the answer does not come."""
    try:
        text = response.read(BODY_BYTES)
    except (HTTPError, OSError, http.client.HTTPException):
        text = b""
    response.close()  # if the answer was read to its end, its connection was given back before
    wait_seconds = retry_after_seconds(response.headers.get("Retry-After"), response.headers.get("Date"))
    code = str(response.status)
    if response.status // 100 == 2:
        return Reply(code, wait_seconds)
    detail = phrase(response.status)
    if response.status // 100 == 3 and (location := response.headers.get("Location")):
        detail += f", to {shown(url.strip(), location)}"
    said = f"{response.reason or ''}: {text.decode(errors='replace')}"
    return Reply(code, wait_seconds, detail, _readable(said))


def phrase(status: int) -> str:
    """HTTP's name for this status; the provider's own words are not for callers."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "a status that HTTP does not name"


def shown(url: str, location: str) -> str:
    """The target of a redirect from this URL: origin and path. A user, password, query or fragment may be secret."""
    try:
        parts = urllib3.util.parse_url(urljoin(url, location))
    except ValueError:
        return "what is no URL"
    if parts.scheme not in ("http", "https") or not parts.host:
        return "what is no http or https URL"
    port = f":{parts.port}" if parts.port else ""
    return _readable(f"{parts.scheme}://{parts.host}{port}{parts.path or '/'}")


def _readable(text: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:DETAIL_CHARACTERS].strip(": ")
