"""Ids derived from a caller's key: the same key gives the same id, in all processes of this installation."""

import base64
import hmac
import secrets
import time
from typing import cast

import redis

from tasks_app.errors import StateUnavailableError
from tasks_app.jobs.job import LETTERS
from tasks_app.state import connections, keys
from tasks_app.text import encoded

SECRET_BYTES = 32
FRESH_SECONDS = 1.0
# Where an id says whose it is: 30 bits, before the code that ends a reservation's id. 70 random bits remain: among ten
# million jobs a new id meets an old one with a probability of 10^-14.
MARK = slice(14, 20)


class Identity:
    """
    Derives ids on one server. Keeps the secret of the installation, and reads it again after `fresh_seconds`: the
    server may have been emptied, or may have other data now, and even then two processes must not give one key two ids.
    """

    def __init__(self, client: redis.Redis, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._client = client
        self._fresh_seconds = fresh_seconds
        self._secret = ""  # hex
        self._read_at = float("-inf")  # time.monotonic()

    def derived_id(self, *parts: str) -> str:
        """
        The id for these words, 26 characters a-z2-7: the same words in the same order always give the same id.

        They are salted with the secret (HMAC, RFC 2104), so nobody can work out the id from a known or guessed key.
        Raises StateUnavailableError, but not once the secret has been read.
        """
        digest = hmac.digest(bytes.fromhex(self._fresh_secret()), encoded(parts).encode(), "sha256")
        return base64.b32encode(digest).decode().lower()[:26]

    def marked(self, made_id: str, owner: str) -> str:
        """
        The id with the mark of its owner (ApiKey.owner). Only this installation can make a mark or tell whose it is, so
        ownership needs no memory and outlives the record. Without an owner the id stays as it is.
        """
        return made_id[: MARK.start] + self._mark(made_id, owner) + made_id[MARK.stop :] if owner else made_id

    def beside(self, made_id: str, other: str) -> str:
        """
        The `other`, fresh id, with the mark of the owner of `made_id`, whoever that is: the mark is good for what
        stands before it. 30 random bits remain, so this is for the few copies of one thing.
        """
        return made_id[: MARK.stop] + other[MARK.stop :]

    def is_of(self, made_id: str, owner: str) -> bool:
        """Does this id have the mark of this owner?"""
        return hmac.compare_digest(made_id[MARK].encode(), self._mark(made_id, owner).encode())

    def _mark(self, made_id: str, owner: str) -> str:
        text = f"owner {owner} {made_id[: MARK.start]}"  # a derived id's text is JSON, which never begins so
        digest = hmac.digest(bytes.fromhex(self._fresh_secret()), text.encode(), "sha256")
        return digest[: MARK.stop - MARK.start].translate(LETTERS).decode()

    def _fresh_secret(self) -> str:
        """
        The secret of this state; makes it if there is none. Of two processes that make it, the first wins. If the
        server was emptied, this writes the secret back that the process holds.
        """
        now = time.monotonic()
        if now - self._read_at < self._fresh_seconds:
            return self._secret
        try:
            with connections.translated():
                self._client.set(keys.id_secret(), self._secret or secrets.token_hex(SECRET_BYTES), nx=True)
                found = cast(str, self._client.get(keys.id_secret()))
        except StateUnavailableError:
            if not self._secret:
                raise
            return self._secret  # the caller's next step will find the state unavailable
        self._secret, self._read_at = found, now
        return found
