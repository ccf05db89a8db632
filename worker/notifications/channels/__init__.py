"""The ways of sending a notification: one module each, found by its name.

A module of this package is a channel when it has a function `open_channel() -> Channel`. What its answers mean stands
in outcomes.py; its name stands in tasks_app/notifications/recipients.py too, for the API, which knows no worker.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Literal, Protocol, cast

from tasks_app.errors import UnknownChannelError
from tasks_app.text import JsonObject

Policy = Literal["at_most_once", "at_least_once"]


@dataclass(frozen=True, slots=True)
class Notification:
    """What is to be sent, and to whom."""

    id: str  # the job's id, the same for all attempts: the collapse key, and the id of a webhook
    to: str  # a phone number, an address or a URL
    message: str
    title: str = ""
    data: JsonObject = field(default_factory=dict)
    ttl_seconds: int = 86_400  # how long a provider may keep trying; above 0
    urgency: str = "normal"  # very-low, low, normal, high (RFC 8030)
    subscription: JsonObject | None = None  # of Web Push: what the browser's subscribe() gave


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a provider, or our own word for what kept it from coming."""

    code: str  # the provider's status ("201"), or ours: one of the names in outcomes.py
    retry_after_seconds: float | None = None  # as the provider asked, not yet capped
    detail: str = ""  # in our words, short, for the caller; holds no secret
    said: str = ""  # in the provider's, short and printable, for operators: callers chose whom we ask


class Channel(Protocol):
    """One way of sending. Every method may be called by many threads at once."""

    name: str
    policy: Policy  # what to do about a send in doubt: leave it, or send again with the same id

    def scope(self, notification: Notification) -> str:
        """Provider and account: what a rate limit and a pause apply to. Never raises, holds no secret."""
        ...

    def send(self, notification: Notification) -> Reply:
        """
        Send once, within the timeouts of the settings. Nothing that a provider or an address does makes it raise.

        Raises StateUnavailableError when it needs the state and cannot reach it; then nothing was sent.
        """
        ...


@cache
def channel(name: str) -> Channel:
    """The channel of this name, opened once a process. Raises UnknownChannelError."""
    place = f"{__name__}.{name}"
    if not name.isidentifier() or find_spec(place) is None:
        raise UnknownChannelError(channel=name)
    opened = getattr(import_module(place), "open_channel", None)
    if opened is None:
        raise UnknownChannelError(channel=name)
    return cast(Channel, opened())
