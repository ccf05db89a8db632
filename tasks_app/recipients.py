"""Who is notified, and how: the data of a `push_notification` job, and the suppression list that both sides ask."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast, get_args

import redis

from tasks_app import connections, keys
from tasks_app.encoding import encoded

ChannelName = Literal["apprise", "console", "webhook", "webpush"]  # a module of worker/channels/ each
CHANNELS: tuple[str, ...] = get_args(ChannelName)
DEFAULT_CHANNEL: ChannelName = "console"
DIALLED = "apprise"  # the channel that finds telephone numbers in anything
ANY = "any"  # a suppression that holds for every channel
TTL_SECONDS = 86_400


def channel_and_address(data: Mapping[str, Any]) -> tuple[str, str]:
    """Where a job's message goes. The course's jobs name a `phoneNumber` and no channel."""
    return data.get("channel", DEFAULT_CHANNEL), data.get("to") or data["phoneNumber"]


LONGEST_NUMBER_DIGITS = 15  # of a telephone number, the world over (E.164)

_TELEPHONE = re.compile(r"(?:tel:)?([+(\s]*[0-9][0-9\s().-]*)", re.IGNORECASE)
_MAIL = re.compile(r"[^@\s/:]+@[^@\s/:]+")
_URL = re.compile(r"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_LAST_NUMBER = re.compile(r"[0-9][0-9()\s-]*$")
_USUAL_PORT = {"http": ":80", "https": ":443"}


def dialled(address: str) -> str | None:
    """`tel:+49 (151) 1234-567` -> `+491511234567`, as providers take it; None for what is no telephone number."""
    found = _TELEPHONE.fullmatch(address.strip())
    if found is None:
        return None
    digits = re.sub(r"[^0-9]", "", found[1])
    return ("+" if "+" in found[1] else "") + digits if 5 <= len(digits) <= LONGEST_NUMBER_DIGITS else None


def normalised(address: str) -> str:
    """
    One recipient, one spelling: of a telephone number its digits, without what says that it is international; mail
    addresses in lower case; scheme and host of a URL too, without the usual port. Everything else as given, without
    outer blanks: the ids of subscriptions and the names of chats are what they are.
    """
    address = address.strip()
    if number := dialled(address):
        return number.removeprefix("+").removeprefix("00")
    if _MAIL.fullmatch(address):
        return address.lower()
    if found := _URL.fullmatch(address):
        scheme, (user, at, host) = found[1].lower(), found[2].rpartition("@")
        return f"{scheme}://{user}{at}{host.lower().removesuffix(_USUAL_PORT[scheme])}{found[3]}"
    return address


def spellings(channel: str, address: str) -> list[str]:
    """
    Under what names this recipient may stand on a list. Apprise calls the number in `n4153518780`, `#4153518780` or
    `template:4153518780`, so there each number that could be read out counts: rather one too many is not called.
    """
    names = {normalised(address): None}
    if channel == DIALLED:
        digits = "".join(str(int(character)) for character in address if character.isdecimal())
        last = _LAST_NUMBER.search(address.strip())
        numbers = (digits, last[0] if last else "")
        names |= {normalised(number): None for number in numbers if dialled(number)}
    return list(names)


def suppressions(recipients: Sequence[tuple[str, str]]) -> list[bool]:
    """For each (channel, address): is it on the list? One round trip. Raises StateUnavailableError."""
    return suppressed(connections.state(), recipients)


def suppressed(client: redis.Redis, recipients: Sequence[tuple[str, str]]) -> list[bool]:
    """As `suppressions`, over this connection. One command a list, not one an address: a tenth of the time."""
    asked = [(channel, spellings(channel, address)) for channel, address in recipients]
    wanted: dict[str, list[str]] = {}
    for channel, names in asked:
        for list_name in {channel, ANY}:
            wanted.setdefault(list_name, []).extend(names)
    with connections.translated():
        pipeline = client.pipeline(transaction=False)
        for list_name, names in wanted.items():
            pipeline.hmget(keys.suppressed(list_name), names)
        answers = pipeline.execute()
    listed = {
        (list_name, name)
        for (list_name, names), entries in zip(wanted.items(), answers, strict=True)
        for name, entry in zip(names, entries, strict=True)
        if entry is not None
    }
    return [any((channel, name) in listed or (ANY, name) in listed for name in names) for channel, names in asked]


def suppress(channel: str, addresses: Iterable[str], why: str) -> int:
    """Put addresses on the list of a channel, or of `any`; returns how many are new."""
    with connections.translated():
        client = connections.state()
        seconds, micros = client.time()
        entry = encoded({"why": why, "since_ms": seconds * 1000 + micros // 1000})
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
