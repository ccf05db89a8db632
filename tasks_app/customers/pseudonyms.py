"""Pseudonyms: the names under which Usher keeps what it must not lose of forgotten customers."""

import hashlib
import re
import secrets
from typing import cast

import redis

from tasks_app.state import connections, customer_keys

SECRET_BYTES = 32
ONE = re.compile(r"forgotten-[0-9a-f]{20}")


class Pseudonyms:
    """
    Makes the pseudonyms of one server. The same name always gives the same one, and without the secret nobody can tell
    whose it is, or whether a guess is right. The secret is in the hash slot of the jobs, as scripts make pseudonyms too
    (lua/inventory/pseudonyms.lua); they have SHA-1 only, here used twice with the secret before the text, as HMAC does.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def of(self, name: str) -> str:
        """The pseudonym of a customer. Raises StateUnavailableError."""
        with connections.translated():
            self._client.set(customer_keys.pseudonym_secret(), secrets.token_hex(SECRET_BYTES), nx=True)
            secret = cast(str, self._client.get(customer_keys.pseudonym_secret()))
        return f"forgotten-{_sha1(secret + _sha1(secret + name))[:20]}"


def is_pseudonym(name: str) -> bool:
    """Does it look like one?"""
    return ONE.fullmatch(name) is not None


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
