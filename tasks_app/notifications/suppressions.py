"""The suppression lists: who is not notified, over one channel or any. The API and the workers use them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

import redis

from tasks_app.errors import InvalidAddressError, UnknownChannelError
from tasks_app.notifications.breaks import with_breaks
from tasks_app.notifications.recipients import ANY, Recipients
from tasks_app.state import connections, notification_keys
from tasks_app.text import encoded

ADDED_AT_ONCE = 200  # to a list: others have their turn between two pipelines
LOOKED_AT, LOOKED_AT_ONCE = 20_000, 1_000  # entries that one search looks at, and that one read of it takes

Listed = tuple[str, dict[str, Any]]  # address, {"why", "since_ms"}


class Suppressions:
    """The lists on one server. `recipients` tells whom an address names."""

    def __init__(self, client: redis.Redis, recipients: Recipients) -> None:
        self._client, self._recipients = client, recipients

    def suppressed(self, recipients: Sequence[tuple[str, str]]) -> list[bool]:
        """
        For each (channel, address): is it on the list? One round trip, and one command for each list instead of each
        address, which takes a tenth of the time. Raises StateUnavailableError.
        """
        return [found is not None for found in self._found(recipients)]

    def found(self, recipients: Sequence[tuple[str, str]]) -> list[dict[str, Any] | None]:
        """
        For each (channel, address) its entry, `channel`, `address`, `why`, `since_ms`, as `suppressed`; None also for
        what is no address of a channel, or no longer.
        """
        known = {one: place for place, one in enumerate(dict.fromkeys(filter(self._is_known, recipients)))}
        entries = self._found(list(known))
        found = (entries[known[one]] if one in known else None for one in recipients)
        return [one and {"channel": one[0], "address": one[1], **json.loads(one[2])} for one in found]

    def _is_known(self, recipient: tuple[str, str]) -> bool:
        try:
            self._recipients.names(*recipient)
        except (InvalidAddressError, UnknownChannelError):
            return False
        return True

    def _found(self, recipients: Sequence[tuple[str, str]]) -> list[tuple[str, str, str] | None]:
        """For each: list, key and entry."""
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
            (list_name, name): (list_name, name, entry)
            for (list_name, listed_names), entries in zip(wanted.items(), answers, strict=True)
            for name, entry in zip(listed_names, entries, strict=True)
            if entry is not None
        }
        places = ([(one, name) for name in own for one in (channel, ANY)] for channel, own in asked)
        return [next((listed[place] for place in own if place in listed), None) for own in places]

    def sizes(self, channels: Sequence[str]) -> list[int]:
        """How many entries each list has. Raises StateUnavailableError."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            for channel in channels:
                pipeline.hlen(notification_keys.suppressed(channel))
            return cast(list[int], pipeline.execute())

    def suppress(self, channel: str, addresses: Iterable[str], why: str) -> int:
        """As `suppress_all`, all of them for the same reason."""
        return self.suppress_all(channel, dict.fromkeys(addresses, why))

    def suppress_all(self, channel: str, reasons: Mapping[str, str]) -> int:
        """
        Put addresses, each for its reason, on the list of a channel, or of `any`; returns how many are new.

        Raises InvalidAddressError; then no address was added.
        """
        found = [(self._key(channel, address), why) for address, why in with_breaks(reasons.items())]
        with connections.translated():
            seconds, micros = self._client.time()
            now_ms, added = seconds * 1000 + micros // 1000, 0
            for start in range(0, len(found), ADDED_AT_ONCE):
                pipeline = self._client.pipeline(transaction=False)
                for key, why in found[start : start + ADDED_AT_ONCE]:
                    entry = encoded({"why": why, "since_ms": now_ms})
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

    def listed(self, channel: str, cursor: int, limit: int, text: str = "") -> tuple[list[Listed], int]:
        """
        Some of a channel's list, in no order, and the cursor for more; 0 = no more. With a text: those whose address
        has it somewhere, and first the one that it names; such a search looks at LOOKED_AT entries at most.
        """
        found: dict[str, Any] = {}
        if text and not cursor:
            with suppress(InvalidAddressError):
                name = self._key(channel, text)
                if entry := self.suppression(channel, name):
                    found[name] = encoded(entry)
        pattern, looked = _pattern(text) if text else None, 0
        count = LOOKED_AT_ONCE if text else limit
        while True:
            with connections.translated():
                following, some = cast(
                    Any, self._client.hscan(notification_keys.suppressed(channel), cursor, match=pattern, count=count)
                )
            cursor, looked = int(following), looked + count
            found |= some
            if not text or not cursor or len(found) >= limit or looked >= LOOKED_AT:
                return [(address, json.loads(entry)) for address, entry in sorted(found.items())], cursor

    def all_listed(self, channel: str, text: str = "") -> Iterator[Listed]:
        """As `listed`, to the end; read while it is asked for."""
        cursor = 0
        while True:
            found, cursor = self.listed(channel, cursor, LOOKED_AT_ONCE, text)
            yield from found
            if not cursor:
                return

    def _key(self, channel: str, address: str) -> str:
        return self._recipients.recipient(channel, address).key


def _pattern(text: str) -> str:
    """For a text anywhere in an address, in any case."""
    quoted = re.sub(r"[\\*?\[\]]", r"\\\g<0>", text)
    return "*" + re.sub("[a-zA-Z]", lambda one: f"[{one[0].lower()}{one[0].upper()}]", quoted) + "*"
