"""Channels and recipients: their terms and addresses, subscriptions, suppressions and the sandbox."""

from tasks_app.notifications import sandbox, vapid
from tasks_app.notifications.address_rules import of_service
from tasks_app.notifications.addresses import ADDRESS_CHARACTERS, Address, http_url, mail, named, web
from tasks_app.notifications.breaks import PIECES, take_break, with_breaks
from tasks_app.notifications.channel_terms import Policy, Terms
from tasks_app.notifications.channels import Channels
from tasks_app.notifications.meanings import CONNECTION, HTTP, THROUGHOUT, Action, Meaning, Rows
from tasks_app.notifications.recipients import ANY, TTL_SECONDS, Recipients, channel_and_address
from tasks_app.notifications.sandbox import Sandbox, SandboxSwitch
from tasks_app.notifications.sends import Notification, Reply
from tasks_app.notifications.subscriptions import Subscriptions
from tasks_app.notifications.suppressions import Suppressions
from tasks_app.notifications.telephone import FEWEST_DIGITS
from tasks_app.notifications.wording import Wording

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
    "Channels",
    "Meaning",
    "Notification",
    "Policy",
    "Recipients",
    "Reply",
    "Rows",
    "Sandbox",
    "SandboxSwitch",
    "Subscriptions",
    "Suppressions",
    "Terms",
    "Wording",
    "channel_and_address",
    "http_url",
    "mail",
    "named",
    "of_service",
    "sandbox",
    "take_break",
    "vapid",
    "web",
    "with_breaks",
]
