"""Ids that follow from a key of the caller's: the same key, the same id, in all processes of this installation."""

import base64
import hmac
import secrets
import time
from typing import cast
from weakref import WeakKeyDictionary

import redis

from tasks_app.errors import StateUnavailableError
from tasks_app.state import connections, keys
from tasks_app.text import encoded

SECRET_BYTES = 32
FRESH_SECONDS = 1.0


def derived_id(*parts: str) -> str:
    """
    The id that these words stand for, 26 characters a-z2-7: the same words, in this order, always give the same.

    They are salted with a secret of the installation (HMAC, RFC 2104), so whoever knows or guesses a key still does not
    know the id. Raises StateUnavailableError, at most until the secret was read once.
    """
    digest = hmac.digest(_secret(connections.state()), encoded(parts).encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:26]


def _secret(client: redis.Redis) -> bytes:
    """
    The one secret of this state, made now if there is none; of two who make one, the first wins.

    It is read again after FRESH_SECONDS: the server may have been emptied, or have got another's data, and then two
    processes must not give one key two ids. Into an emptied one the secret that is held goes back.
    """
    secret, read_at = _held.get(client, ("", float("-inf")))
    now = time.monotonic()
    if now - read_at < FRESH_SECONDS:
        return bytes.fromhex(secret)
    try:
        with connections.translated():
            client.set(keys.id_secret(), secret or secrets.token_hex(SECRET_BYTES), nx=True)
            found = cast(str, client.get(keys.id_secret()))
    except StateUnavailableError:
        if not secret:
            raise
        return bytes.fromhex(secret)  # whoever needs the id will notice by itself
    _held[client] = found, now
    return bytes.fromhex(found)


_held: "WeakKeyDictionary[redis.Redis, tuple[str, float]]" = WeakKeyDictionary()  # hex, and when by time.monotonic()
