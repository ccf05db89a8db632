"""Who is notified, and how: the data of a `push_notification` job, and a recipient's name on a suppression list."""

import contextlib
from collections.abc import Mapping
from typing import Any

from tasks_app.configuration import DEFAULT_CHANNEL
from tasks_app.errors import InvalidAddressError
from tasks_app.notifications.address_rules import anybody
from tasks_app.notifications.addresses import (
    Address,
)
from tasks_app.notifications.channels import terms_of

ANY = "any"  # a suppression that holds for every channel
TTL_SECONDS = 86_400


def channel_and_address(data: Mapping[str, Any]) -> tuple[str, str]:
    """Channel and address of a job's message. The course's jobs name a `phoneNumber` and no channel."""
    return data.get("channel", DEFAULT_CHANNEL), data.get("to") or data["phoneNumber"]


def recipient(channel: str, text: str) -> Address:
    """
    The recipient that this text names on a channel, or on the list `any`; sends and lists both ask here. Raises
    InvalidAddressError, UnknownChannelError.
    """
    return anybody(text) if channel == ANY else terms_of(channel).address(text)


def names(channel: str, text: str) -> list[str]:
    """
    The keys under which the recipient of a message may stand on a list; none for an address that cannot be on a list,
    to which only a channel with `takes_anything` sends. An id that could be a telephone number counts as that, too:
    better to suppress too many than too few.

    Raises InvalidAddressError for an address to which this channel cannot send, UnknownChannelError.
    """
    terms = terms_of(channel)
    found: dict[str, None] = {}
    try:
        found[terms.address(text).key] = None
    except InvalidAddressError:
        if not terms.takes_anything:
            raise
    if terms.is_called:
        with contextlib.suppress(InvalidAddressError):
            found[anybody(text).key] = None
    return list(found)
