"""Terms: what the API and the workers know about a channel, as its own file declares it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tasks_app.notifications.addresses import Address
from tasks_app.notifications.meanings import CONNECTION, HTTP, Rows

Policy = Literal["at_most_once", "at_least_once"]


@dataclass(frozen=True, slots=True)
class Terms:
    """
    Attributes: address (gives the recipient that a text names on this channel; raises InvalidAddressError), policy
    (what to do about a send in doubt: leave it, or send again with the same id), answers (what each answer of its
    provider means; by default as for any HTTP service), attempts (of a notification that asks for no other number).

    takes_anything: the channel sends even to an address that names nobody for certain, since it reaches nobody.
    is_called: an id that could be a telephone number is also looked up on the lists as that number. to_subscriptions:
    its addresses are ids of browsers' subscriptions, which are read before a send. is_noted: the start of a send is
    recorded, so that a send whose worker died is known to be in doubt.
    """

    address: Callable[[str], Address]
    policy: Policy = "at_least_once"
    answers: Rows = field(default_factory=lambda: {**CONNECTION, **HTTP})
    attempts: int = 5
    takes_anything: bool = False
    is_called: bool = False
    to_subscriptions: bool = False
    is_noted: bool = True
