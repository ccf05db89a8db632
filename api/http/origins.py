"""Origins: which pages of others may call the API from a browser (CORS, as the Fetch standard has it)."""

from flask import Request, Response

LASTS_SECONDS = "600"  # how long a browser remembers the answer to its question
METHODS = "GET, POST, PUT, PATCH, DELETE"
# Not X-XSRFToken, by which our own pages make use of a cookie: a page of another origin never may.
HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Prefer"
# To the page's script
SHOWN = "Idempotent-Replayed, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, Unique-Conflict"


def is_listed(origin: str | None, listed: tuple[str, ...]) -> bool:
    """Is this one of the origins that USHER_ORIGINS lists?"""
    return origin is not None and origin.lower() in listed


def preflight(asked: Request, listed: tuple[str, ...]) -> Response | None:
    """The answer to a browser that asks, before a request, whether a page of a listed origin may send it."""
    sent = asked.environ
    if asked.method != "OPTIONS" or "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in sent:
        return None
    if not is_listed(sent.get("HTTP_ORIGIN"), listed):
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Allow-Headers"] = HEADERS
    response.headers["Access-Control-Max-Age"] = LASTS_SECONDS
    return response


def admit_origin(response: Response, origin: str | None, listed: tuple[str, ...]) -> None:
    """Let the page read the answer. No cookies: a page sends its token itself."""
    response.headers.add("Vary", "Origin")  # or a cache would give one page the answer for another
    if is_listed(origin, listed):
        response.headers["Access-Control-Allow-Origin"] = origin or ""
        response.headers["Access-Control-Expose-Headers"] = SHOWN
