"""The keys under which API keys are kept, in the form of keys.py."""

from tasks_app.state.keys import JOBS


def api_keys() -> str:
    """SET: ids of all API keys, at most key_store.KEYS_AT_MOST; those that are over stay 30 days."""
    return f"{JOBS}:api-keys"


def api_key(key_id: str) -> str:
    """HASH: owner, roles, scopes, digest, created_ms, expires_ms, revoked_ms, used_ms of one API key."""
    return f"{JOBS}:api-key:{key_id}"


def api_keys_version() -> str:
    """INTEGER: how often API keys were changed, by which processes notice it. Stays: 0 means that no key is needed."""
    return f"{JOBS}:api-keys:version"
