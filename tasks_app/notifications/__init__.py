"""Recipients: their addresses, subscriptions and suppressions."""

from tasks_app.notifications import recipients, subscriptions, vapid
from tasks_app.notifications.addresses import ADDRESS_CHARACTERS, Address, http_url
from tasks_app.notifications.apprise_services import dials
from tasks_app.notifications.breaks import PIECES, take_break, with_breaks
from tasks_app.notifications.recipients import (
    TTL_SECONDS,
    ListName,
    channel_and_address,
    names,
    recipient,
    suppress,
    suppressed,
)
from tasks_app.notifications.telephone import FEWEST_DIGITS

__all__ = [
    "ADDRESS_CHARACTERS",
    "FEWEST_DIGITS",
    "PIECES",
    "TTL_SECONDS",
    "Address",
    "ListName",
    "channel_and_address",
    "dials",
    "http_url",
    "names",
    "recipient",
    "recipients",
    "subscriptions",
    "suppress",
    "suppressed",
    "take_break",
    "vapid",
    "with_breaks",
]
