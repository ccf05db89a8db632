"""Access: who may come in, what for, and whose the things are that a request asks about."""

from api.access import audit, auditing, keys, limits
from api.access.admission import admit
from api.access.caller import (
    Caller,
    caller,
    derived_id,
    fresh_id,
    is_visible,
    is_visible_reservation,
    lasts,
    may,
    reached,
    require_channel,
    require_target,
    require_topic,
    require_type,
)
from api.access.credentials import COOKIE, TOKEN_COOKIE, forgery, session_of
from api.access.permissions import ROUTES, Permission, Reach, check_routes, permissions_of

__all__ = [
    "COOKIE",
    "ROUTES",
    "TOKEN_COOKIE",
    "Caller",
    "Permission",
    "Reach",
    "admit",
    "audit",
    "auditing",
    "caller",
    "check_routes",
    "derived_id",
    "forgery",
    "fresh_id",
    "is_visible",
    "is_visible_reservation",
    "keys",
    "lasts",
    "limits",
    "may",
    "permissions_of",
    "reached",
    "require_channel",
    "require_target",
    "require_topic",
    "require_type",
    "session_of",
]
