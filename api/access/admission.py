"""admit: finds the caller of a request before its route runs, and turns away whoever may not take the route."""

from collections.abc import Callable
from functools import lru_cache

from flask import Request, Response

from api.access import limits
from api.access.caller import IN_ENVIRON, LASTS, Caller, require_channel, require_target, require_type
from api.access.credentials import By, Credential, shown
from api.access.permissions import ROUTES, TOKEN_ROUTES, Permission, Reach, reach, roles_with
from api.http import problem, usher
from api.server import ACCESS_KEY
from tasks_app.access import ApiKey
from tasks_app.classic import SEATS_TARGET

OPEN = Caller()
BUYER = Caller(reach=Reach.OWN)  # without a key and without an owner
ID_CHARACTERS = 26  # an id of another length is refused by its route, as it would be without keys
CONCERNING_ALL = frozenset({Permission.SURVEY, Permission.DISCLOSE, Permission.FORGET})
READING = ("GET", "HEAD")
SCOPED = frozenset({"inventory_id", "item_id", "type", "job_type", "channel"})  # parts of paths that scopes speak of


def admit(asked: Request, changing: frozenset[str]) -> Response | None:
    """
    A problem for a caller who may not take this route, or not yet. `changing`: the endpoints where a GET changes
    something. Raises StateUnavailableError while keys cannot be looked up, UnknownJobError or UnknownBatchError for
    what is another's: to others it does not exist.
    """
    if asked.method == "OPTIONS":  # says which methods there are; browsers ask it without a key
        return None
    endpoint = asked.endpoint or ""
    permission = ROUTES.get(endpoint, Permission.PUBLIC)  # no endpoint: 404 or 405
    if permission is Permission.PUBLIC:
        return None
    if permission is Permission.BUY:
        _let_in(asked, BUYER, lambda: True)
        return None
    ring = usher().key_ring
    if permission is not Permission.ADMINISTER and ring.is_open():
        _let_in(asked, OPEN, ring.is_open)
        return None
    credential = shown(asked, changes=asked.method not in READING or endpoint in changing)
    if isinstance(credential, Response):
        return credential
    if credential.key is not None:
        asked.environ[ACCESS_KEY] = credential.key.id
        found = _caller(credential.key, permission, credential.by)
        if refused := limits.inspect(asked, found):
            return refused
        if found.reach is Reach.NOTHING:
            roles = ", ".join(roles_with(permission))
            return problem("not_permitted", f"This needs a key with one of the roles {roles}.")
    else:
        found = _holder(credential)
        if refused := limits.inspect(asked, found):
            return refused
        if endpoint not in TOKEN_ROUTES:
            return problem("not_permitted", "A reservation's token only serves to see, confirm, reduce and release it.")
    _let_in(asked, found, credential.lasts)
    return _inspect(asked, found, permission)


def _let_in(asked: Request, found: Caller, lasts: Callable[[], bool]) -> None:
    """From here on `caller()` says who asks, whether with a key, a sign-in or a token."""
    asked.environ[IN_ENVIRON], asked.environ[LASTS] = found, lasts


def _holder(credential: Credential) -> Caller:
    """An end customer, with the reservation of its token."""
    assert credential.holder is not None
    reservation, owner = credential.holder
    return Caller(owner=owner, reach=Reach.OWN, reservation=reservation, by="token")


@lru_cache(1_024)  # a caller takes the same routes again and again
def _caller(key: ApiKey, permission: Permission, by: By) -> Caller:
    targets = frozenset(scope for scope in key.scopes if scope.startswith(("show:", "product:")))
    types, channels = (
        frozenset(scope.partition(":")[2] for scope in key.scopes if scope.startswith(kind))
        for kind in ("type:", "channel:")
    )
    return Caller(
        key.id,
        key.owner,
        key.roles,
        reach(key.roles, permission),
        targets,
        types,
        channels,
        by=by,
        rate=key.rate,
        streams=key.streams,
    )


def _inspect(asked: Request, found: Caller, permission: Permission) -> Response | None:
    """Looks at what the path names: is it the caller's own, where it reaches no further, and within its scopes?"""
    named = asked.view_args or {}
    for name in ("job_id", "reservation_id", "batch_id"):
        made = named.get(name)
        if made is not None and len(made) == ID_CHARACTERS:
            found.require_made(name.removesuffix("_id"), made)
    if not found.is_narrowed:
        return None
    if "queue" in named or (permission in CONCERNING_ALL and not SCOPED & named.keys()):
        return problem("out_of_scope", "This concerns everybody, and the scopes of this key do not.")
    rule = asked.url_rule.rule if asked.url_rule else ""
    if "inventory_id" in named:
        require_target(f"{'show' if rule.startswith('/v1/shows') else 'product'}:{named['inventory_id']}")
    elif asked.blueprint == "classic":
        require_target(f"product:{named['item_id']}" if "item_id" in named else SEATS_TARGET)
    if "type" in named:
        require_type(named["type"])
    if "channel" in named:
        require_channel(named["channel"])
    return None
