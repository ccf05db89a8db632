"""Checks Host and Origin before anything else, and says what pages may load. Who asks: api/access/admission.py."""

import ipaddress
import re
import socket
from base64 import b64encode
from functools import cache, lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Request, Response
from flask.globals import request_ctx
from werkzeug.sansio.utils import host_is_trusted

from api.http.context import usher
from api.http.origins import admit_origin, is_listed, preflight
from api.http.problems import problem
from api.http.responses import Answer
from api.server import DATA_HEADERS, PRIVATE, REQUEST_ID, SAFE, current_request_id
from tasks_app.configuration import Settings

READING = ("GET", "HEAD", "OPTIONS")
FILES = ("static", "pages.push_worker", "openapi.static", "swagger.static")  # the same for everybody
OWN_SITES = ("same-origin", "none")  # none: the user typed the address
PAGE_POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
DOCUMENTS_POLICY = f"{PAGE_POLICY}; style-src 'self' 'unsafe-inline'; img-src 'self' data:"  # as Swagger UI needs it
# Flower's page of workers has this one script in it; all else comes from its files.
FLOWERS_SCRIPT = b64encode(sha256(b"\nvar autorefresh = 1;\n").digest()).decode()
FLOWER_POLICY = f"{DOCUMENTS_POLICY}; script-src 'self' 'sha256-{FLOWERS_SCRIPT}'"


def inspect(asked: Request, changing: frozenset[str], settings: Settings) -> Response | None:
    """A problem for a request that is not let in. `changing`: the endpoints where a GET changes something."""
    host = asked.environ.get("HTTP_HOST")
    if host is None and asked.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return _inspect_origin(asked, changing, "", settings.origins)  # no browser sends these
    if not _is_ours(host or "", settings.hosts, settings.host):
        return problem("unknown_host", "Usher does not serve this Host; USHER_HOSTS lists those that it serves.")
    return _inspect_origin(asked, changing, host or "", settings.origins)


def _inspect_origin(asked: Request, changing: frozenset[str], host: str, listed: tuple[str, ...]) -> Response | None:
    """Browsers say where a request comes from; other programs need not. Fetch Metadata, RFC 6454."""
    if asked.method in READING and asked.endpoint not in changing:
        return preflight(asked, listed) if listed else None
    sent = asked.environ
    site, origin = sent.get("HTTP_SEC_FETCH_SITE"), sent.get("HTTP_ORIGIN")
    if origin is None and asked.method == "GET":  # over plain http, browsers may send only this with a GET
        origin = sent.get("HTTP_REFERER")
    if is_listed(sent.get("HTTP_ORIGIN"), listed) and asked.endpoint not in changing:
        return None
    if (site is None or site in OWN_SITES) and (origin is None or _is_same(origin, host)):
        return None
    return problem("cross_origin", "A page from another origin may not change anything here.")


def is_from_own_page(asked: Request) -> bool:
    """
    Did a page of ours, a typed address or a link cause this request? Cookies are the same for all ports of a host, and
    a browser adds them to what pages at other ports ask for.
    """
    sent = asked.environ
    site, origin = sent.get("HTTP_SEC_FETCH_SITE"), sent.get("HTTP_ORIGIN")
    is_visit = asked.method == "GET" and sent.get("HTTP_SEC_FETCH_DEST") == "document"  # no page can read its answer
    is_own = site is None or site in OWN_SITES or is_visit
    return is_own and (origin is None or _is_same(origin, sent.get("HTTP_HOST", "")))


def _is_same(origin: str, host: str) -> bool:
    """The scheme is not compared: a proxy may speak TLS for us."""
    try:
        parts = urlsplit(origin)
        port = {"http": ":80", "https": ":443"}[parts.scheme]
    except (ValueError, KeyError):  # `null` too: a sandbox, a file
        return False
    return parts.netloc.lower().removesuffix(port) == host.lower().removesuffix(port)


@cache
def _own_names() -> tuple[str, ...]:
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return ("localhost", name, short, f"{short}.local")


@lru_cache(256)  # a caller sends the same one with every request
def _is_ours(host: str, hosts: tuple[str, ...], bound: str) -> bool:
    """
    Any IP address is let in: DNS rebinding needs a name, while probes and port mappings use addresses that this
    process cannot know.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
        _ = urlsplit(f"//{host}").port
    except ValueError:
        return False
    if not re.fullmatch(r"[\w.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?", host):
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return host_is_trusted(name.removesuffix("."), [*_own_names(), bound, *hosts])
    return True


def furnish(response: Response) -> Response:
    """
    The request's id; headers that keep browsers from guessing types, from framing, from keeping what is not for
    everybody, and pages from loading what is not ours; headers that let pages of listed origins read the answer.
    """
    asked = request_ctx.request
    if listed := usher().settings.origins:
        admit_origin(response, asked.environ.get("HTTP_ORIGIN"), listed)
    if isinstance(response, Answer):  # it has its own
        response.put(REQUEST_ID, current_request_id())
        return response
    kind = response.mimetype
    headers = response.headers._list  # what comes now is new and ours: Werkzeug would look through all others for each
    if kind in ("application/json", "application/problem+json"):
        headers += DATA_HEADERS
    else:
        headers += (*SAFE, ("Content-Security-Policy", _policy(asked, kind)))
        if asked.endpoint not in FILES and not asked.path.startswith("/flower/static/"):
            headers.append(PRIVATE)
    headers.append((REQUEST_ID, current_request_id()))
    return response


def _policy(asked: Request, kind: str | None) -> str:
    if asked.blueprint == "flower":
        return FLOWER_POLICY
    return DOCUMENTS_POLICY if kind == "text/html" and asked.path.startswith("/docs") else PAGE_POLICY
