"""The suppression lists: who is not notified, over one channel or any. The API and the workers use them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

import redis

from tasks_app.notifications.breaks import with_breaks
from tasks_app.notifications.recipients import ANY, Recipients
from tasks_app.state import connections, notification_keys
from tasks_app.text import encoded

ADDED_AT_ONCE = 200  # to a list: others have their turn between two pipelines


class Suppressions:
    """The lists on one server. `recipients` tells whom an address names."""

    def __init__(self, client: redis.Redis, recipients: Recipients) -> None:
        self._client, self._recipients = client, recipients

    def suppressed(self, recipients: Sequence[tuple[str, str]]) -> list[bool]:
        """
        For each (channel, address): is it on the list? One round trip, and one command for each list instead of each
        address, which takes a tenth of the time. Raises StateUnavailableError.
        """
        asked = [(channel, self._recipients.names(channel, address)) for channel, address in recipients]
        wanted: dict[str, list[str]] = {}
        for channel, own in asked:
            for list_name in {channel, ANY} if own else ():
                wanted.setdefault(list_name, []).extend(own)
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            for list_name, listed_names in wanted.items():
                pipeline.hmget(notification_keys.suppressed(list_name), listed_names)
            answers = pipeline.execute()
        listed = {
            (list_name, name)
            for (list_name, listed_names), entries in zip(wanted.items(), answers, strict=True)
            for name, entry in zip(listed_names, entries, strict=True)
            if entry is not None
        }
        return [any((channel, name) in listed or (ANY, name) in listed for name in own) for channel, own in asked]

    def sizes(self, channels: Sequence[str]) -> list[int]:
        """How many entries each list has. Raises StateUnavailableError."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            for channel in channels:
                pipeline.hlen(notification_keys.suppressed(channel))
            return cast(list[int], pipeline.execute())

    def suppress(self, channel: str, addresses: Iterable[str], why: str) -> int:
        """
        Put addresses on the list of a channel, or of `any`; returns how many are new.

        Raises InvalidAddressError; then no address was added.
        """
        found = [self._key(channel, address) for address in with_breaks(addresses)]
        with connections.translated():
            seconds, micros = self._client.time()
            entry = encoded({"why": why, "since_ms": seconds * 1000 + micros // 1000})
            added = 0
            for start in range(0, len(found), ADDED_AT_ONCE):
                pipeline = self._client.pipeline(transaction=False)
                for key in found[start : start + ADDED_AT_ONCE]:
                    pipeline.hsetnx(notification_keys.suppressed(channel), key, entry)
                added += sum(pipeline.execute())
            return added

    def allow(self, channel: str, address: str) -> bool:
        """Take an address off the list; False if it was not on it."""
        with connections.translated():
            return bool(self._client.hdel(notification_keys.suppressed(channel), self._key(channel, address)))

    def suppression(self, channel: str, address: str) -> dict[str, Any] | None:
        """Why and since when an address is on the list of this channel; None if it is not."""
        with connections.translated():
            found = cast(
                str | None, self._client.hget(notification_keys.suppressed(channel), self._key(channel, address))
            )
        return json.loads(found) if found else None

    def listed(self, channel: str, cursor: int, limit: int) -> tuple[list[tuple[str, dict[str, Any]]], int]:
        """Some of a channel's list as (address, entry), in no order, and the cursor for more; 0 = no more."""
        with connections.translated():
            following, found = cast(Any, self._client.hscan(notification_keys.suppressed(channel), cursor, count=limit))
        return [(address, json.loads(entry)) for address, entry in sorted(found.items())], int(following)

    def _key(self, channel: str, address: str) -> str:
        return self._recipients.recipient(channel, address).key
