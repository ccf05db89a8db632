"""Credentials: what a request shows to be let in: an API key, the cookie of a sign-in, or a reservation's token."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from flask import Request, Response

from api.http import doors, problem, usher
from tasks_app.access import ApiKey, Holder, Session, now_ms

COOKIE = "usher_session"
# The cookie from which our pages' scripts copy the CSRF token into the header. Flower's own scripts use these names.
TOKEN_COOKIE, TOKEN_HEADER = "_xsrf", "X-XSRFToken"
CHALLENGE = 'Bearer realm="usher"'
ASKED_FOR = "Send an API key, `Authorization: Bearer usk_...`; in a browser, sign in at /sign-in."
ENDED = "The sign-in has ended, or its key was revoked: sign in at /sign-in."

By = Literal["nobody", "key", "session", "token"]


class Credential(NamedTuple):
    """Who asks: the key that was sent or signed in with, or the holder of a reservation's token. One of both is set."""

    by: By
    key: ApiKey | None
    holder: Holder | None
    lasts: Callable[[], bool]  # would it still be let in? Raises StateUnavailableError while that cannot be known


def shown(asked: Request, changes: bool) -> Credential | Response:
    """
    What the request shows, or the problem with it. Where a page of ours `changes` something by its cookie, it must send
    the CSRF token as well. Raises StateUnavailableError while keys cannot be looked up.
    """
    sent = asked.environ.get("HTTP_AUTHORIZATION", "")
    if not sent and (session := session_of(asked)) is not None:
        return _by_session(asked, session, changes)
    scheme, _, token = sent.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer":
        if not sent and _cookie(asked):
            return _challenged(problem("session_invalid", ENDED))
        return _challenged(problem("key_required", ASKED_FOR))
    if token.startswith("urt_"):
        return _by_token(token)
    ring = usher().key_ring
    key = ring.find(token)
    if key is None:
        return _challenged(problem("key_invalid", "This API key is unknown, revoked or expired."))
    return Credential("key", key, None, lambda: ring.find(token) is not None)


def session_of(asked: Request) -> Session | None:
    """The session of the request's cookie, if it is genuine and not over. Raises StateUnavailableError."""
    text = _cookie(asked)
    return usher().sessions.read(text, now_ms()) if text else None


def forgery(asked: Request, session: Session) -> Response | None:
    """A problem for a change whose sender knows the cookie at most: browsers add it by themselves."""
    if usher().sessions.knows_token(session, asked.environ.get("HTTP_X_XSRFTOKEN", "")):
        return None
    detail = f"A change with the cookie of a sign-in needs `{TOKEN_HEADER}`: the text of the cookie `{TOKEN_COOKIE}`."
    return problem("csrf_token_invalid", detail)


def _challenged(response: Response) -> Response:
    response.headers["WWW-Authenticate"] = CHALLENGE  # RFC 9110, section 11.6.1
    return response


def _cookie(asked: Request) -> str:
    """The cookie's text; "" for a page of another origin: it sends a token itself, or asks as nobody."""
    if COOKIE not in asked.environ.get("HTTP_COOKIE", "") or not doors.is_from_own_page(asked):
        return ""
    return asked.cookies.get(COOKIE, "")


def _by_session(asked: Request, session: Session, changes: bool) -> Credential | Response:
    ring = usher().key_ring
    key = ring.find_signed_in(session)
    if key is None:
        return _challenged(problem("session_invalid", ENDED))
    if changes and (refused := forgery(asked, session)):
        return refused
    return Credential("session", key, None, lambda: ring.find_signed_in(session) is not None)


def _by_token(token: str) -> Credential | Response:
    """An end customer with the token of a reservation."""
    tokens = usher().reservation_tokens
    holder = tokens.read(token, now_ms())
    if holder is None:
        return _challenged(problem("key_invalid", "This is no token of a reservation, or it has expired."))
    return Credential("token", None, holder, lambda: tokens.read(token, now_ms()) is not None)
