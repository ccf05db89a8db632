"""KeyStore: the API keys in the state: made, listed, rotated, revoked; and the sign-ins that were ended early."""

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

import redis

from tasks_app.access.api_key import ApiKey, checked_streams, now_ms
from tasks_app.access.sessions import SECONDS_AT_MOST, Session
from tasks_app.configuration import checked_rate
from tasks_app.errors import TooManyKeysError, UnknownKeyError
from tasks_app.state import access_keys, connections

KEYS_AT_MOST = 1_000  # each process holds all of them
KEPT_SECONDS = 2_592_000  # a key that is over stays in the list so long, so that a leaked text can still be traced


class KeyStore:
    """The keys on one server. Every method raises StateUnavailableError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def version(self) -> int:
        """Counts changes of keys and ends of sessions; 0 = there never was a key."""
        with connections.translated():
            return int(cast(str | None, self._client.get(access_keys.api_keys_version())) or 0)

    def listed(self) -> list[ApiKey]:
        """All keys, the oldest first; those that are over as well, for 30 days."""
        with connections.translated():
            ids = sorted(cast(set[str], self._client.smembers(access_keys.api_keys())))
            pipeline = self._client.pipeline(transaction=False)
            for key_id in ids:
                pipeline.hgetall(access_keys.api_key(key_id))
            records = pipeline.execute()
        found = [ApiKey.from_record(key_id, record) for key_id, record in zip(ids, records, strict=True) if record]
        return sorted(found, key=lambda key: key.created_ms)

    def read(self, key_id: str) -> ApiKey:
        """One key. Raises UnknownKeyError."""
        with connections.translated():
            record = cast(dict[str, str], self._client.hgetall(access_keys.api_key(key_id)))
        if "digest" not in record:
            raise UnknownKeyError(key=key_id)
        return ApiKey.from_record(key_id, record)

    def add(self, key: ApiKey) -> None:
        """Keep a new key. Raises TooManyKeysError."""
        present = self.listed()
        gone_ms = now_ms() - KEPT_SECONDS * 1000
        over = [one.id for one in present if (one.revoked_ms or one.expires_ms or gone_ms) < gone_ms]
        if len(present) - len(over) >= KEYS_AT_MOST:
            raise TooManyKeysError
        with connections.translated():
            pipeline = self._client.pipeline()
            for key_id in over:
                pipeline.srem(access_keys.api_keys(), key_id)
                pipeline.delete(access_keys.api_key(key_id))
            pipeline.hset(access_keys.api_key(key.id), mapping=key.to_record())  # type: ignore[arg-type]
            pipeline.sadd(access_keys.api_keys(), key.id)
            pipeline.incr(access_keys.api_keys_version())
            pipeline.execute()

    def revoke(self, key_id: str) -> ApiKey:
        """End a key at once; safe to repeat. Raises UnknownKeyError."""
        self.read(key_id)
        self._change(key_id, "revoked_ms", now_ms())
        return self.read(key_id)

    def rotate(self, key_id: str, overlap_seconds: float) -> tuple[str, ApiKey]:
        """
        A new key that may do what this key may; this key ends after `overlap_seconds`. Returns the new key and its
        text. Raises UnknownKeyError if it is unknown or over, TooManyKeysError.
        """
        old, now = self.read(key_id), now_ms()
        if not old.is_valid(now):
            raise UnknownKeyError("The key is revoked or has expired.", key=key_id)
        token, new = ApiKey.issue(old.owner, old.roles, old.scopes, rate=old.rate, streams=old.streams)
        lifetime = None if old.expires_ms is None else now + old.expires_ms - old.created_ms
        new = replace(new, expires_ms=lifetime)
        self.add(new)  # first: if this process dies here, two keys are valid rather than none
        end = now + int(overlap_seconds * 1000)
        self._change(key_id, "expires_ms", end if old.expires_ms is None else min(end, old.expires_ms))
        return token, new

    def limit(self, key_id: str, rate: str | None = None, streams: str | None = None) -> ApiKey:
        """
        Change what bounds a key: ApiKey.rate and ApiKey.streams; None = it stays. Every process knows it within a
        second. Raises UnknownKeyError if the key is unknown or over, ValueError with a sentence.
        """
        if rate:
            checked_rate(rate)
        if streams:
            checked_streams(streams)
        if not self.read(key_id).is_valid(now_ms()):
            raise UnknownKeyError("The key is revoked or has expired.", key=key_id)
        with connections.translated():
            pipeline = self._client.pipeline()
            for field, value in (("rate", rate), ("streams", streams)):
                if value:
                    pipeline.hset(access_keys.api_key(key_id), field, value)
                elif value is not None:
                    pipeline.hdel(access_keys.api_key(key_id), field)
            pipeline.incr(access_keys.api_keys_version())
            pipeline.execute()
        return self.read(key_id)

    def end_session(self, session: Session) -> None:
        """End a browser's session before its time; every process refuses it within a second. Safe to repeat."""
        with connections.translated():
            pipeline = self._client.pipeline()
            pipeline.zadd(access_keys.ended_sessions(), {session.id: session.end_ms})
            pipeline.zremrangebyscore(access_keys.ended_sessions(), 0, now_ms())
            pipeline.expire(access_keys.ended_sessions(), SECONDS_AT_MOST)  # by then all of them are over
            pipeline.incr(access_keys.api_keys_version())
            pipeline.execute()

    def ended_sessions(self) -> frozenset[str]:
        """Ids of the sessions that were ended before their time."""
        with connections.translated():
            return frozenset(cast(list[str], self._client.zrange(access_keys.ended_sessions(), 0, -1)))

    def note_uses(self, uses: Iterable[tuple[str, int]]) -> None:
        """Remember when keys were last used, unix ms. No change that others have to hear of."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            for key_id, used_ms in uses:
                pipeline.hset(access_keys.api_key(key_id), "used_ms", str(used_ms))
            pipeline.execute()

    def _change(self, key_id: str, field: str, moment_ms: int) -> None:
        with connections.translated():
            pipeline = self._client.pipeline()
            if field == "revoked_ms":
                pipeline.hsetnx(access_keys.api_key(key_id), field, str(moment_ms))
            else:
                pipeline.hset(access_keys.api_key(key_id), field, str(moment_ms))
            pipeline.incr(access_keys.api_keys_version())
            pipeline.execute()
