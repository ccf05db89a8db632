"""Dead messages: what workers found on a queue and could not read (worker/celery_patches/poison.py). No job is lost."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import redis

from tasks_app.errors import BrokerUnavailableError, UnknownMessageError
from tasks_app.state import keys

READ_AT_ONCE = 50  # entries: each has up to some hundred kB


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """
    `id` follows from all of it. `raw` is its text, with bytes that are no text as `\\xff`; at most 65,536 characters
    are kept. `time_ms`: when it was set aside, unix ms by its worker's clock; None = unknown.
    """

    id: str
    queue: str
    reason: str
    time_ms: int | None
    raw: str


class DeadMessages:
    """The dead messages of one broker, at most 1,000, newest first. Every method raises BrokerUnavailableError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def newest(self, most: int) -> tuple[list[DeadMessage], int]:
        """The newest ones, and how many there are."""
        with _translated():
            count = self._client.llen(keys.dead_messages())
        return [_parsed(entry) for _, entry in zip(range(most), self._entries(), strict=False)], count

    def read(self, message_id: str) -> DeadMessage:
        """One of them. Raises UnknownMessageError."""
        return _parsed(self._find(message_id))

    def drop(self, message_id: str) -> None:
        """Forget one of them. Raises UnknownMessageError."""
        entry = self._find(message_id)
        with _translated():
            self._client.lrem(keys.dead_messages(), 1, entry)

    def _find(self, message_id: str) -> str:
        for entry in self._entries():
            if _id_of(entry) == message_id:
                return entry
        raise UnknownMessageError(message=message_id)

    def _entries(self) -> Iterator[str]:
        """Newest first. One that comes meanwhile pushes the others on, so one may be met twice."""
        start = 0
        while True:
            with _translated():
                found = cast(list[str], self._client.lrange(keys.dead_messages(), start, start + READ_AT_ONCE - 1))
            yield from found
            if len(found) < READ_AT_ONCE:
                return
            start += len(found)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise BrokerUnavailableError from error


def _id_of(entry: str) -> str:
    return hashlib.sha256(entry.encode(errors="surrogatepass")).hexdigest()[:32]


def _parsed(entry: str) -> DeadMessage:
    """Anybody may write into the broker: what is no entry of ours is shown as it is."""
    try:
        told: Any = json.loads(entry)
        raw, reason, queue, time_ms = (told[name] for name in ("raw", "reason", "queue", "time_ms"))
    except (ValueError, TypeError, KeyError):
        return DeadMessage(_id_of(entry), "", "it is no entry that a worker wrote", None, entry)
    return DeadMessage(_id_of(entry), str(queue), str(reason), time_ms if isinstance(time_ms, int) else None, str(raw))
