"""Access: API keys, their roles and scopes, and whose an id is."""

from tasks_app.access.api_key import NAME, SCOPES_AT_MOST, ApiKey, Role, checked_scope, now_ms
from tasks_app.access.key_ring import KeyRing
from tasks_app.access.key_store import KeyStore
from tasks_app.access.reservation_tokens import ReservationTokens

__all__ = [
    "NAME",
    "SCOPES_AT_MOST",
    "ApiKey",
    "KeyRing",
    "KeyStore",
    "ReservationTokens",
    "Role",
    "checked_scope",
    "now_ms",
]
