"""Access: API keys, their roles and scopes, and whose an id is; sign-ins of browsers."""

from tasks_app.access.allowances import Allowances, Verdict
from tasks_app.access.api_key import (
    NAME,
    SCOPES_AT_MOST,
    STREAMS_AT_MOST,
    ApiKey,
    Role,
    checked_scope,
    checked_streams,
    id_of,
    now_ms,
)
from tasks_app.access.attempts import SIGN_INS_AT_MOST, WITHIN_SECONDS, Attempts
from tasks_app.access.audit_entry import AuditEntry, By, Outcome
from tasks_app.access.audit_log import AuditLog, AuditPage, WantedChanges
from tasks_app.access.flower_pass import HEADER as FLOWER_PASS
from tasks_app.access.flower_pass import FlowerPass
from tasks_app.access.key_ring import KeyRing
from tasks_app.access.key_store import KeyStore
from tasks_app.access.reservation_tokens import Holder, ReservationTokens
from tasks_app.access.sessions import Session, Sessions
from tasks_app.access.stream_places import StreamPlaces

__all__ = [
    "FLOWER_PASS",
    "NAME",
    "SCOPES_AT_MOST",
    "SIGN_INS_AT_MOST",
    "STREAMS_AT_MOST",
    "WITHIN_SECONDS",
    "Allowances",
    "ApiKey",
    "Attempts",
    "AuditEntry",
    "AuditLog",
    "AuditPage",
    "By",
    "FlowerPass",
    "Holder",
    "KeyRing",
    "KeyStore",
    "Outcome",
    "ReservationTokens",
    "Role",
    "Session",
    "Sessions",
    "StreamPlaces",
    "Verdict",
    "WantedChanges",
    "checked_scope",
    "checked_streams",
    "id_of",
    "now_ms",
]
