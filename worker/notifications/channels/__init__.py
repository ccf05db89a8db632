"""
The senders of notifications: a module for each channel, with a function `open_channel(usher) -> Sender`. It has the
name of the channel, whose terms are in tasks_app/notifications/channels/; a user's own channel has both in one module.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from tasks_app.notifications import Notification, Policy, Reply, Terms
from tasks_app.usher import Usher


class Sender(Protocol):
    """Sends over one channel. Many threads may call every method at once."""

    def scope(self, notification: Notification) -> str:
        """Provider and account, to which a rate limit and a rest apply. Never raises, holds no secret."""
        ...

    def send(self, notification: Notification) -> Reply:
        """
        Send once, within the timeouts of the settings. It never raises because of a provider or an address.

        Raises StateUnavailableError if it needs the state and cannot reach it; then nothing was sent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Channel:
    """An open channel: its name, its terms, and its sender."""

    name: str
    terms: Terms
    sender: Sender

    @property
    def policy(self) -> Policy:
        """What to do about a send in doubt: leave it, or send again with the same id."""
        return self.terms.policy

    def scope(self, notification: Notification) -> str:
        """As Sender.scope."""
        return self.sender.scope(notification)

    def send(self, notification: Notification) -> Reply:
        """As Sender.send."""
        return self.sender.send(notification)


class OpenChannels:
    """The channels of one Usher, each opened at its first use, with this Usher's settings and connections."""

    def __init__(self, usher: Usher) -> None:
        self._usher = usher
        self._open: dict[str, Channel] = {}

    def channel(self, name: str) -> Channel:
        """The channel of this name. Raises UnknownChannelError."""
        if name not in self._open:
            terms = self._usher.channels.terms(name)
            module = import_module(self._usher.settings.channel_modules().get(name, f"{__name__}.{name}"))
            sender = cast(Sender, module.open_channel(self._usher))
            self._open.setdefault(name, Channel(name, terms, sender))  # another thread may have been quicker
        return self._open[name]
