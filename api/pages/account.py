"""Account: who looks at a page, and what its buttons may offer. The API decides; this only keeps buttons away."""

from typing import NamedTuple

from flask import request

from api.access import permissions_of, session_of
from api.http import usher
from tasks_app.access import ApiKey, Role
from tasks_app.errors import StateUnavailableError


class Account(NamedTuple):
    """Who looks at a page. Where nobody needs a key, `is_needed` is false."""

    is_needed: bool
    owner: str = ""  # "" = not signed in
    roles: str = ""
    may: tuple[str, ...] = ()  # names of permissions that reach everything, in small letters


def account() -> Account:
    """Who asks for this page. While the state is away, nobody knows, and the page is shown nevertheless."""
    try:
        if usher().key_ring.is_open():
            return Account(is_needed=False, may=permissions_of((Role.ADMIN,)))
        key = _signed_in()
    except StateUnavailableError:
        return Account(is_needed=False)
    return Account(True, key.owner, ", ".join(key.roles), permissions_of(key.roles)) if key else Account(True)


def _signed_in() -> ApiKey | None:
    session = session_of(request)
    return usher().key_ring.find_signed_in(session) if session else None
