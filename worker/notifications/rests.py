"""What this process knows of rests: which recipients and providers to leave alone, and which refuse in a row."""

import threading
import time
from typing import TypeVar

IN_A_ROW = 5  # different recipients, with no accepted send between them: then it is not about one of them
KEPT = 10_000  # names of each kind; beyond it, ended and oldest entries are forgotten, and learnt again
KEPT_OF_A_ROW = 100  # recipients of a scope: more than are in flight at the same time

Kept = TypeVar("Kept")


class Rests:
    """
    Kept in memory, as each send asks it. Another process gets the same answers and learns by itself.

    Names are those of a channel's scope(), or of one recipient in it; it keeps `kept` of each kind. Any number of
    threads may call at once.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}  # by time.monotonic()
        self._refused: dict[str, dict[str, set[str]]] = {}  # scope -> concern -> recipients since the last acceptance
        self._accepted: dict[str, float] = {}  # scope -> when a send was last accepted, by time.monotonic()
        self._alone: dict[str, None] = {}  # recipients for whom our account was refused while others were accepted

    def rest(self, name: str, seconds: float) -> None:
        """Leave this name alone for a while; an existing longer rest stays."""
        with self._lock:
            now = time.monotonic()
            if len(self._until) >= self._kept:
                self._until = {one: until for one, until in self._until.items() if until > now}
                self._bound(self._until)
            self._until[name] = max(self._until.get(name, 0.0), now + seconds)

    def left_ms(self, *names: str) -> int:
        """How long the longest of their rests still lasts; 0 = none."""
        now = time.monotonic()
        return max(0, *(int((self._until.get(name, 0.0) - now) * 1000) for name in names))

    def refused(self, scope: str, recipient: str, concerns: str, disproved_seconds: float = 0.0) -> bool:
        """
        Note a refusal, and whom it would concern if the whole scope is refused. Returns whether that is so by now; not
        if a send was accepted in the last `disproved_seconds`.

        A recipient for whom our account was refused while others were accepted says no more about the account: five
        such recipients, tried again together, would hold all others for ever.
        """
        with self._lock:
            if concerns == "account" and f"{scope} {recipient}" in self._alone:
                return False
            accepted = self._accepted.get(scope, float("-inf"))
            if time.monotonic() - accepted < disproved_seconds:
                return False
            self._bound(self._refused)
            found = self._refused.setdefault(scope, {}).setdefault(concerns, set())
            if len(found) < KEPT_OF_A_ROW:
                found.add(recipient)
            return len(found) >= IN_A_ROW

    def accepted(self, scope: str, recipient: str) -> None:
        """Note that a send to this recipient was accepted."""
        with self._lock:
            self._bound(self._accepted)
            self._accepted[scope] = time.monotonic()
            self._alone.pop(f"{scope} {recipient}", None)
            for one in self._refused.pop(scope, {}).get("account", set()) - {recipient}:
                self._bound(self._alone)
                self._alone[f"{scope} {one}"] = None

    def _bound(self, found: dict[str, Kept]) -> None:
        """Make room for more, at a cost that is spread over many calls."""
        if len(found) >= self._kept:
            for name in list(found)[: self._kept // 2]:
                del found[name]
