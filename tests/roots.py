"""An Usher on a test's server: all its parts read there, and wake-ups are kept for a look instead of sent."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import redis

from tasks_app.access import AuditEntry, AuditLog, KeyRing
from tasks_app.configuration import Settings
from tasks_app.jobs.messages import Wake
from tasks_app.state import Connections
from tasks_app.usher import Usher
from tests.jobs import options

T = TypeVar("T")


class OneServer(Connections):
    """The same client for every use; the stand-in for the broker is empty."""

    def __init__(self, client: redis.Redis) -> None:
        self.state = self.worker_state = self.patient_state = self.broker = client  # type: ignore[misc]

    def drop(self) -> None:
        """It is the test's."""


class Woken(list[Wake]):
    """Stands for the publisher where no worker listens: the wake-ups that would have been sent."""

    def hand_over(self, wakes: Iterable[Wake]) -> None:
        self.extend(wakes)

    def publish(self, wakes: Iterable[Wake]) -> int:
        found = list(wakes)
        self.hand_over(found)
        return len(found)

    def publish_canary(self, queue: str) -> None:
        """There is no worker whose attention it could prove."""

    def flush(self, seconds: float = 0) -> bool:  # noqa: ARG002 its form is given
        return True


class Root(Usher):
    """`woken` has the wake-ups that its parts wanted to send."""

    def __init__(self, client: redis.Redis, settings: Settings | None = None, **changes: Any) -> None:
        super().__init__(settings or options(**changes), OneServer(client))
        self.woken = Woken()
        self.publisher = self.woken  # type: ignore[misc, assignment]
        self.meter._runs = True  # it reports only when it is asked: the next test empties the server

    def give(self, make: Callable[[Usher], T], part: T) -> T:
        """Use this part in the place of the one that `make` would build."""
        self._parts[make] = part
        return part


class NoKeys(KeyRing):
    """Knows, without a server, that no key was ever made."""

    def __init__(self) -> None:
        """It asks no store."""

    def is_open(self) -> bool:
        return True


class NoLog(AuditLog):
    """Takes an entry of the audit log without a server, and forgets it."""

    def __init__(self) -> None:
        """It has no client."""

    def note(self, entry: AuditEntry, replaces: str = "") -> str:  # noqa: ARG002 its form is given
        return "0-1"


def serverless() -> Usher:
    """An Usher for requests that are answered before any server is asked."""
    usher = Usher()
    vars(usher)["key_ring"] = NoKeys()
    vars(usher)["audit_log"] = NoLog()
    return usher
