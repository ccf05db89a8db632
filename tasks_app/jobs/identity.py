"""Ids that follow from a key of the caller's: the same key, the same id, in all processes of this installation."""

import base64
import hmac
import secrets
import time
from typing import cast

import redis

from tasks_app.errors import StateUnavailableError
from tasks_app.state import connections, keys
from tasks_app.text import encoded

SECRET_BYTES = 32
FRESH_SECONDS = 1.0


class Identity:
    """
    Derives ids on one server. Holds the secret of the installation, and reads it again after FRESH_SECONDS: the server
    may have been emptied, or have got another's data, and then two processes must not give one key two ids.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._secret = ""  # hex
        self._read_at = float("-inf")  # time.monotonic()

    def derived_id(self, *parts: str) -> str:
        """
        The id that these words stand for, 26 characters a-z2-7: the same words, in this order, always give the same.

        They are salted with the secret (HMAC, RFC 2104), so whoever knows or guesses a key still does not know the id.
        Raises StateUnavailableError, at most until the secret was read once.
        """
        digest = hmac.digest(bytes.fromhex(self._fresh_secret()), encoded(parts).encode(), "sha256")
        return base64.b32encode(digest).decode().lower()[:26]

    def _fresh_secret(self) -> str:
        """
        The one secret of this state, made now if there is none; of two who make one, the first wins. Into an emptied
        server goes back the secret that is held.
        """
        now = time.monotonic()
        if now - self._read_at < FRESH_SECONDS:
            return self._secret
        try:
            with connections.translated():
                self._client.set(keys.id_secret(), self._secret or secrets.token_hex(SECRET_BYTES), nx=True)
                found = cast(str, self._client.get(keys.id_secret()))
        except StateUnavailableError:
            if not self._secret:
                raise
            return self._secret  # whoever needs the id will notice by itself
        self._secret, self._read_at = found, now
        return found
