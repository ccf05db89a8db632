"""Channels and recipients: their terms and addresses, subscriptions and suppressions."""

from tasks_app.notifications import channels, vapid
from tasks_app.notifications.address_rules import of_service
from tasks_app.notifications.addresses import ADDRESS_CHARACTERS, Address, http_url, mail, named, web
from tasks_app.notifications.breaks import PIECES, take_break, with_breaks
from tasks_app.notifications.channel_terms import Policy, Terms
from tasks_app.notifications.channels import terms_of
from tasks_app.notifications.meanings import CONNECTION, HTTP, THROUGHOUT, Action, Meaning
from tasks_app.notifications.recipients import (
    ANY,
    TTL_SECONDS,
    channel_and_address,
    names,
    recipient,
)
from tasks_app.notifications.sends import Notification, Reply
from tasks_app.notifications.subscriptions import Subscriptions
from tasks_app.notifications.suppressions import Suppressions
from tasks_app.notifications.telephone import FEWEST_DIGITS

__all__ = [
    "ADDRESS_CHARACTERS",
    "ANY",
    "CONNECTION",
    "FEWEST_DIGITS",
    "HTTP",
    "PIECES",
    "THROUGHOUT",
    "TTL_SECONDS",
    "Action",
    "Address",
    "Meaning",
    "Notification",
    "Policy",
    "Reply",
    "Subscriptions",
    "Suppressions",
    "Terms",
    "channel_and_address",
    "channels",
    "http_url",
    "mail",
    "named",
    "names",
    "of_service",
    "recipient",
    "take_break",
    "terms_of",
    "vapid",
    "web",
    "with_breaks",
]
