"""Who is notified, and how: the data of a `push_notification` job, and the suppression list that both sides ask."""

import contextlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

import redis

from tasks_app.configuration import DEFAULT_CHANNEL, ChannelName, settings
from tasks_app.errors import InvalidAddressError
from tasks_app.notifications.addresses import (
    Address,
    holds_number,
    is_mail,
    is_single,
    mail,
    named,
    reduced,
    visible,
    web,
)
from tasks_app.notifications.apprise_services import dials as service_dials
from tasks_app.notifications.breaks import with_breaks
from tasks_app.state import connections, notification_keys
from tasks_app.text import encoded

ANY = "any"  # a suppression that holds for every channel
ListName = Literal[ChannelName, "any"]
TTL_SECONDS = 86_400
ADDED_AT_ONCE = 200  # to a list: between two pipelines others have their turn
SUBSCRIPTION = re.compile(r"[a-z2-7]{26}")  # ids of our own, see jobs.fresh_id: digits in them are no numbers
DIALS = service_dials(settings.apprise_url.get_secret_value() if settings.apprise_url else "")


def channel_and_address(data: Mapping[str, Any]) -> tuple[str, str]:
    """Where a job's message goes. The course's jobs name a `phoneNumber` and no channel."""
    return data.get("channel", DEFAULT_CHANNEL), data.get("to") or data["phoneNumber"]


def recipient(channel: str, text: str, dials: bool | None = None) -> Address:
    """
    Whom this text names on a channel, or on the list `any`; sending and listing ask the same. `dials`: are digits
    called on `apprise`? By default as the service of the settings says.

    Raises InvalidAddressError.
    """
    if channel == "webhook":
        return web(text)
    if channel == "webpush" or (channel != "apprise" and SUBSCRIPTION.fullmatch(text)):
        return named(text)
    if channel == "apprise" and not (DIALS if dials is None else dials):
        found = mail(text) if is_mail(visible(text)) else named(text)
    else:
        found = reduced(text, settings.phone_region)
        if found.kind == "name" and holds_number(found.target, settings.phone_region, dialled=channel == "apprise"):
            raise InvalidAddressError("has a telephone number in it: write the number alone")
    if channel == "apprise" and not is_single(found):
        raise InvalidAddressError("has something in it at which it could be taken for two addresses")
    return found


def names(channel: str, text: str) -> list[str]:
    """
    The keys under which the recipient of a message may stand on a list; none for what can stand on none, which only
    the console shows. An id that could be a number counts as that too: rather one too many is not called.

    Raises InvalidAddressError for what this channel cannot send to.
    """
    found: dict[str, None] = {}
    try:
        found[recipient(channel, text).key] = None
    except InvalidAddressError:
        if channel != DEFAULT_CHANNEL:
            raise
    if channel == "apprise":
        with contextlib.suppress(InvalidAddressError):
            found[recipient(ANY, text).key] = None
    return list(found)


def suppressions(recipients: Sequence[tuple[str, str]]) -> list[bool]:
    """For each (channel, address): is it on the list? One round trip. Raises StateUnavailableError."""
    return suppressed(connections.state(), recipients)


def suppressed(client: redis.Redis, recipients: Sequence[tuple[str, str]]) -> list[bool]:
    """As `suppressions`, over this connection. One command a list, not one an address: a tenth of the time."""
    asked = [(channel, names(channel, address)) for channel, address in recipients]
    wanted: dict[str, list[str]] = {}
    for channel, own in asked:
        for list_name in {channel, ANY} if own else ():
            wanted.setdefault(list_name, []).extend(own)
    with connections.translated():
        pipeline = client.pipeline(transaction=False)
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


def suppress(channel: str, addresses: Iterable[str], why: str) -> int:
    """
    Put addresses on the list of a channel, or of `any`; returns how many are new.

    Raises InvalidAddressError; then none is on it.
    """
    found = [recipient(channel, address).key for address in with_breaks(addresses)]
    with connections.translated():
        client = connections.state()
        seconds, micros = client.time()
        entry = encoded({"why": why, "since_ms": seconds * 1000 + micros // 1000})
        added = 0
        for start in range(0, len(found), ADDED_AT_ONCE):
            pipeline = client.pipeline(transaction=False)
            for key in found[start : start + ADDED_AT_ONCE]:
                pipeline.hsetnx(notification_keys.suppressed(channel), key, entry)
            added += sum(pipeline.execute())
        return added


def allow(channel: str, address: str) -> bool:
    """Take an address off the list; False if it was not on it."""
    with connections.translated():
        return bool(connections.state().hdel(notification_keys.suppressed(channel), recipient(channel, address).key))


def suppression(channel: str, address: str) -> dict[str, Any] | None:
    """Why and since when an address is on the list of this channel; None if it is not."""
    with connections.translated():
        found = cast(
            str | None, connections.state().hget(notification_keys.suppressed(channel), recipient(channel, address).key)
        )
    return json.loads(found) if found else None


def listed(channel: str, cursor: int, limit: int) -> tuple[list[tuple[str, dict[str, Any]]], int]:
    """Some of a channel's list as (address, entry), in no order, and the cursor for more; 0 = no more."""
    with connections.translated():
        following, found = cast(
            Any, connections.state().hscan(notification_keys.suppressed(channel), cursor, count=limit)
        )
    return [(address, json.loads(entry)) for address, entry in sorted(found.items())], int(following)
