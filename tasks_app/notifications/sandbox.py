"""The sandbox: a switch by which every notification goes to the console instead of to its provider."""

import time
from dataclasses import dataclass
from typing import cast

import redis

from tasks_app.lua import IN_ANY_MEMORY, text
from tasks_app.state import connections, notification_keys

OUTCOME = "sandboxed"  # of a notification that was written to the console
FRESH_SECONDS = 0.3  # no send begins with an older answer to the question whether it is on
# Then all those older answers are over, and what they allowed has begun, even if a thread had to wait for its turn.
SETTLED_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Sandbox:
    """
    Whether it is on; if so, since when (unix ms), by whom and why. `by`: the owner of the key, None where nobody needs
    a key.
    """

    on: bool = False
    since_ms: int | None = None
    by: str | None = None
    reason: str | None = None


class SandboxSwitch:
    """The switch of one server. Every method raises StateUnavailableError."""

    def __init__(self, client: redis.Redis, settled_seconds: float = SETTLED_SECONDS) -> None:
        self._client, self._settled_seconds = client, settled_seconds
        self._turn_on = client.register_script(IN_ANY_MEMORY + text("notifications/sandbox"))

    def read(self) -> Sandbox:
        """How it is."""
        with connections.translated():
            found = cast(dict[str, str], self._client.hgetall(notification_keys.sandbox()))
        if not found:
            return Sandbox()
        return Sandbox(True, int(found["since"]), found["by"] or None, found["reason"] or None)

    def turn_on(self, reason: str = "", by: str = "") -> None:
        """
        Let every notification go to the console. Returns after `settled_seconds`: from then on no notifier begins a
        send to a provider. Safe to repeat: it stays on since the first time, and who and why are said anew.
        """
        with connections.translated():
            self._turn_on(keys=[notification_keys.sandbox()], args=[by, reason])
        time.sleep(self._settled_seconds)

    def turn_off(self) -> None:
        """Let notifications go to their providers again. Safe to repeat."""
        with connections.translated():
            self._client.delete(notification_keys.sandbox())
