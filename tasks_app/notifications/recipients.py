"""Who is notified, and how: the data of a `push_notification` job, and a recipient's name on a suppression list."""

import contextlib
from collections.abc import Mapping
from typing import Any

from tasks_app.configuration import DEFAULT_CHANNEL, Settings
from tasks_app.errors import InvalidAddressError
from tasks_app.notifications.address_rules import anybody
from tasks_app.notifications.addresses import Address
from tasks_app.notifications.channels import Channels

ANY = "any"  # a suppression that holds for every channel
TTL_SECONDS = 86_400


def channel_and_address(data: Mapping[str, Any]) -> tuple[str, str]:
    """Channel and address of a job's message. The course's jobs name a `phoneNumber` and no channel."""
    return data.get("channel", DEFAULT_CHANNEL), data.get("to") or data["phoneNumber"]


class Recipients:
    """Whom the texts of addresses name, by the rules of one Usher's channels; sends and lists both ask here."""

    def __init__(self, channels: Channels, settings: Settings) -> None:
        self._channels, self._region = channels, settings.phone_region

    def recipient(self, channel: str, text: str) -> Address:
        """
        The recipient that this text names on a channel, or on the list `any`. Raises InvalidAddressError,
        UnknownChannelError.
        """
        return anybody(text, self._region) if channel == ANY else self._channels.terms(channel).address(text)

    def names(self, channel: str, text: str) -> list[str]:
        """
        The keys under which the recipient of a message may stand on a list; none for an address that cannot be on a
        list, to which only a channel with `takes_anything` sends. An id that could be a telephone number counts as
        that, too: better to suppress too many than too few.

        Raises InvalidAddressError for an address to which this channel cannot send, UnknownChannelError.
        """
        terms = self._channels.terms(channel)
        found: dict[str, None] = {}
        try:
            found[terms.address(text).key] = None
        except InvalidAddressError:
            if not terms.takes_anything:
                raise
        if terms.is_called:
            with contextlib.suppress(InvalidAddressError):
                found[anybody(text, self._region).key] = None
        return list(found)
