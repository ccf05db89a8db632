"""The keys under which API keys are kept, in the form of keys.py."""

from tasks_app.state.keys import JOBS


def api_keys() -> str:
    """SET: ids of all API keys, at most key_store.KEYS_AT_MOST; those that are over stay 30 days."""
    return f"{JOBS}:api-keys"


def api_key(key_id: str) -> str:
    """HASH: owner, roles, scopes, digest, rate, streams, created_ms, expires_ms, revoked_ms, used_ms of one API key."""
    return f"{JOBS}:api-key:{key_id}"


def api_keys_version() -> str:
    """INTEGER: how often keys changed or sessions ended, by which processes notice it. Stays: 0 = no key is needed."""
    return f"{JOBS}:api-keys:version"


def ended_sessions() -> str:
    """ZSET: ids of sessions of browsers that were ended early, by when they would have ended, unix ms. Expires."""
    return f"{JOBS}:ended-sessions"


def sign_ins(address: str) -> str:
    """INTEGER: how often somebody tried to sign in from this address in the last minutes. Expires."""
    return f"{JOBS}:sign-ins:{address}"


def api_rate(who: str, rate: str) -> str:
    """
    STRING: when all requests of this key so far would end if they came evenly at this rate, and when that was written:
    unix ms, `:` between them. Expires.
    """
    return f"{JOBS}:api-rate:{who}:{rate}"


def api_streams(who: str) -> str:
    """HASH: web process -> how many streams of this key it has open, and until when that counts, unix ms. Expires."""
    return f"{JOBS}:api-streams:{who}"


def buyers(address: str) -> str:
    """INTEGER: how often somebody without a key tried to reserve from this address in the last minutes. Expires."""
    return f"{JOBS}:buyers:{address}"


def audit_log() -> str:
    """
    STREAM: who changed what, one entry per change (`e`: JSON of AuditEntry). Bounded by Settings.keep_audit_count and
    keep_audit_seconds; expires as long after its last entry.
    """
    return f"{JOBS}:audit"
