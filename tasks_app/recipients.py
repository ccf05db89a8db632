"""Who is notified, and how: the data of a `push_notification` job, and the suppression list that both sides ask."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import redis

from tasks_app import connections, keys

DEFAULT_CHANNEL = "console"
ANY = "any"  # a suppression that holds for every channel
TTL_SECONDS = 86_400


def channel_and_address(data: Mapping[str, Any]) -> tuple[str, str]:
    """Where a job's message goes. The course's jobs name a `phoneNumber` and no channel."""
    return data.get("channel", DEFAULT_CHANNEL), data.get("to") or data["phoneNumber"]


def normalised(address: str) -> str:
    """One address, one spelling: phone numbers without decoration, everything else as given, without outer blanks."""
    address = address.strip()
    digits = re.sub(r"[\s().-]", "", address)
    return digits if re.fullmatch(r"\+?\d{5,20}", digits) else address


def suppressions(recipients: Sequence[tuple[str, str]]) -> list[bool]:
    """For each (channel, address): is it on the list? One round trip. Raises StateUnavailableError."""
    return suppressed(connections.state(), recipients)


def suppressed(client: redis.Redis, recipients: Sequence[tuple[str, str]]) -> list[bool]:
    """As `suppressions`, over this connection. One command a list, not one an address: a tenth of the time."""
    asked = [(channel, normalised(address)) for channel, address in recipients]
    wanted: dict[str, list[str]] = {}
    for channel, address in asked:
        for name in {channel, ANY}:
            wanted.setdefault(name, []).append(address)
    with connections.translated():
        pipeline = client.pipeline(transaction=False)
        for name, addresses in wanted.items():
            pipeline.hmget(keys.suppressed(name), addresses)
        answers = pipeline.execute()
    listed = {
        (name, address)
        for (name, addresses), entries in zip(wanted.items(), answers, strict=True)
        for address, entry in zip(addresses, entries, strict=True)
        if entry is not None
    }
    return [(channel, address) in listed or (ANY, address) in listed for channel, address in asked]


def suppress(channel: str, addresses: Iterable[str], why: str) -> int:
    """Put addresses on the list of a channel, or of `any`; returns how many are new."""
    with connections.translated():
        client = connections.state()
        seconds, micros = client.time()
        entry = json.dumps({"why": why, "since_ms": seconds * 1000 + micros // 1000})
        pipeline = client.pipeline(transaction=False)
        for address in addresses:
            pipeline.hsetnx(keys.suppressed(channel), normalised(address), entry)
        return sum(pipeline.execute())


def allow(channel: str, address: str) -> bool:
    """Take an address off the list; False if it was not on it."""
    with connections.translated():
        return bool(connections.state().hdel(keys.suppressed(channel), normalised(address)))


def suppression(channel: str, address: str) -> dict[str, Any] | None:
    """Why and since when an address is on the list of this channel; None if it is not."""
    with connections.translated():
        found = cast(str | None, connections.state().hget(keys.suppressed(channel), normalised(address)))
    return json.loads(found) if found else None


def listed(channel: str, cursor: int, limit: int) -> tuple[list[tuple[str, dict[str, Any]]], int]:
    """Some of a channel's list as (address, entry), in no order, and the cursor for more; 0 = no more."""
    with connections.translated():
        following, found = cast(Any, connections.state().hscan(keys.suppressed(channel), cursor, count=limit))
    return [(address, json.loads(entry)) for address, entry in sorted(found.items())], int(following)
