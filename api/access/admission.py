"""admit: finds the caller of a request before its route runs, and turns away whoever may not take the route."""

from functools import lru_cache

from flask import Request, Response

from api.access.caller import IN_ENVIRON, LASTS, Caller, require_channel, require_target, require_type
from api.access.permissions import ROUTES, TOKEN_ROUTES, Permission, Reach, reach, roles_with
from api.http import problem, usher
from api.server import ACCESS_KEY
from tasks_app.access import ApiKey, now_ms
from tasks_app.classic import SEATS_TARGET

OPEN = Caller()
ID_CHARACTERS = 26  # an id of another length is refused by its route, as it would be without keys
CHALLENGE = 'Bearer realm="usher"'


def admit(asked: Request) -> Response | None:
    """
    A problem for a caller who may not take this route. Raises StateUnavailableError while keys cannot be looked up,
    UnknownJobError or UnknownBatchError for what is another's: to others it does not exist.
    """
    if asked.method == "OPTIONS":  # says which methods there are; browsers ask it without a key
        return None
    permission = ROUTES.get(asked.endpoint or "", Permission.PUBLIC)  # no endpoint: 404 or 405
    if permission is Permission.PUBLIC:
        return None
    ring = usher().key_ring
    if permission is not Permission.ADMINISTER and ring.is_open():
        asked.environ[IN_ENVIRON], asked.environ[LASTS] = OPEN, ring.is_open
        return None
    sent = asked.environ.get("HTTP_AUTHORIZATION", "")
    scheme, _, token = sent.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer":
        return _challenged(problem("key_required", "Send an API key: `Authorization: Bearer usk_...`."))
    if token.startswith("urt_"):
        return _admit_holder(asked, token)
    key = ring.find(token)
    if key is None:
        return _challenged(problem("key_invalid", "This API key is unknown, revoked or expired."))
    asked.environ[ACCESS_KEY] = key.id
    found = _caller(key, permission)
    if found.reach is Reach.NOTHING:
        return problem("not_permitted", f"This needs a key with one of the roles {', '.join(roles_with(permission))}.")
    asked.environ[IN_ENVIRON], asked.environ[LASTS] = found, lambda: ring.find(token) is not None
    return _inspect(asked, found, permission)


def _admit_holder(asked: Request, token: str) -> Response | None:
    """The same for an end customer with the token of a reservation."""
    tokens = usher().reservation_tokens
    holder = tokens.read(token, now_ms())
    if holder is None:
        return _challenged(problem("key_invalid", "This is no token of a reservation, or it has expired."))
    if asked.endpoint not in TOKEN_ROUTES:
        return problem("not_permitted", "A reservation's token only serves to see, confirm and release it.")
    found = Caller(owner=holder.owner, reach=Reach.OWN, reservation=holder.reservation)
    asked.environ[IN_ENVIRON], asked.environ[LASTS] = found, lambda: tokens.read(token, now_ms()) is not None
    return _inspect(asked, found, ROUTES[asked.endpoint])


def _challenged(response: Response) -> Response:
    response.headers["WWW-Authenticate"] = CHALLENGE  # RFC 9110, section 11.6.1
    return response


@lru_cache(1_024)  # a caller takes the same routes again and again
def _caller(key: ApiKey, permission: Permission) -> Caller:
    targets = frozenset(scope for scope in key.scopes if scope.startswith(("show:", "product:")))
    types, channels = (
        frozenset(scope.partition(":")[2] for scope in key.scopes if scope.startswith(kind))
        for kind in ("type:", "channel:")
    )
    return Caller(key.id, key.owner, key.roles, reach(key.roles, permission), targets, types, channels)


def _inspect(asked: Request, found: Caller, permission: Permission) -> Response | None:
    """Looks at what the path names: is it the caller's own, where it reaches no further, and within its scopes?"""
    named = asked.view_args or {}
    for name in ("job_id", "reservation_id", "batch_id"):
        made = named.get(name)
        if made is not None and len(made) == ID_CHARACTERS:
            found.require_made(name.removesuffix("_id"), made)
    if not found.is_narrowed:
        return None
    if permission is Permission.SURVEY and not named:
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
