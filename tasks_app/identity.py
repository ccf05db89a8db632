"""Ids that follow from a key of the caller's: the same key, the same id, in all processes of this installation."""

import base64
import hmac
import secrets
from functools import cache
from typing import cast

import redis

from tasks_app import connections, keys
from tasks_app.encoding import encoded

SECRET_BYTES = 32


def derived_id(*parts: str) -> str:
    """
    The id that these words stand for, 26 characters a-z2-7: the same words, in this order, always give the same.

    They are salted with a secret of the installation (HMAC, RFC 2104), so whoever knows or guesses a key still does not
    know the id. Raises StateUnavailableError, at most until the secret was read once.
    """
    digest = hmac.digest(_secret(connections.state()), encoded(parts).encode(), "sha256")
    return base64.b32encode(digest).decode().lower()[:26]


@cache
def _secret(client: redis.Redis) -> bytes:
    """The one secret of this state, made now if there is none; of two who make one, the first wins."""
    with connections.translated():
        client.set(keys.id_secret(), secrets.token_hex(SECRET_BYTES), nx=True)
        return bytes.fromhex(cast(str, client.get(keys.id_secret())))
