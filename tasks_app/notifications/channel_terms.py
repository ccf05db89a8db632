"""Terms: what both sides know of a channel, as its own file declares it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tasks_app.notifications.addresses import Address
from tasks_app.notifications.meanings import HTTP, OWN, Rows

Policy = Literal["at_most_once", "at_least_once"]


@dataclass(frozen=True, slots=True)
class Terms:
    """
    Attributes: address (whom a text names on this channel; raises InvalidAddressError), policy (what to do about a send
    in doubt: leave it, or send again with the same id), answers (what each answer of its provider means; by default as
    of any HTTP service), attempts (that a notification has unless it asks for others).

    takes_anything: an address that names nobody for certain is sent to all the same, since nobody is called by it.
    is_called: an address that is an id here stands on a list as the telephone number that it could be, too.
    to_subscriptions: its addresses are ids of browsers' subscriptions, which are read before it sends.
    is_noted: that a send begins is written down, so that one whose worker died is known to be in doubt.
    """

    address: Callable[[str], Address]
    policy: Policy = "at_least_once"
    answers: Rows = field(default_factory=lambda: {**OWN, **HTTP})
    attempts: int = 5
    takes_anything: bool = False
    is_called: bool = False
    to_subscriptions: bool = False
    is_noted: bool = True
