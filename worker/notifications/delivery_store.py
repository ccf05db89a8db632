"""What all notifiers share in Redis: suppressions, rests, rates, subscriptions, the sandbox."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import cast

import redis

from tasks_app.errors import StateUnavailableError
from tasks_app.lua import IN_ANY_MEMORY, text
from tasks_app.notifications import Recipients, Suppressions
from tasks_app.state import connections, keys, notification_keys
from tasks_app.text import JsonObject, encoded
from worker.notifications.rests import Rests
from worker.notifications.sandbox import SandboxSight

HORIZON_MS = 1_000  # a send waits so long in its notifier; a job that has to wait longer goes back into the queue
PAUSES_SECONDS = 0.3
AWAY_MS = 60_000  # a job asks again after so long at the latest: the rate may have been raised, or other jobs cancelled


class DeliveryStore:
    """Every method but pauses raises StateUnavailableError."""

    def __init__(
        self,
        client: redis.Redis,
        recipients: Recipients,
        mask: Callable[[str], str] = str,
        load: Callable[[str], str] = text,
    ) -> None:
        self._client = client
        self.sandbox = SandboxSight(client, mask)
        self._suppressions = Suppressions(client, recipients)
        self.rests = Rests()
        self._paused: frozenset[str] = frozenset()
        self._looked = float("-inf")
        self._rate_limit = client.register_script(IN_ANY_MEMORY + load("notifications/rate_limit"))

    def look_up(self, recipients: Sequence[tuple[str, str, str]]) -> tuple[int, bool, list[tuple[bool, int, str]]]:
        """
        The server's time, unix ms; whether the sandbox is on; and for each (channel, address, scope): is it suppressed,
        for how many ms must its scope rest, and why. Two round trips.
        """
        on_list = self._suppressions.suppressed([(channel, address) for channel, address, _ in recipients])
        scopes = list(dict.fromkeys(scope for _, _, scope in recipients))
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.time()
            pipeline.exists(notification_keys.sandbox())
            for scope in scopes:
                pipeline.pttl(notification_keys.rest(scope))
                pipeline.get(notification_keys.rest(scope))
            asked = time.monotonic()
            (seconds, micros), is_sandboxed, *found = pipeline.execute()
        self.sandbox.learn(asked, bool(is_sandboxed))
        rests = {scope: self._rest(scope, found[2 * n], found[2 * n + 1]) for n, scope in enumerate(scopes)}
        rows = [(listed, *rests[scope]) for (_, _, scope), listed in zip(recipients, on_list, strict=True)]
        return seconds * 1000 + micros // 1000, bool(is_sandboxed), rows

    def suppress(self, channel: str, address: str, why: str) -> None:
        """Put an address on a channel's list, since the provider said so."""
        self._suppressions.suppress(channel, [address], why)

    def _rest(self, scope: str, left_ms: int, text: str | None) -> tuple[int, str]:
        """
        How many ms of a rest are left, and its reason. A rest with more left than it began with was lengthened by a
        step back of the server's time, and starts again.
        """
        if not text or left_ms <= 0:
            return 0, ""
        rest = json.loads(text)
        if left_ms > rest["ms"]:
            left_ms = rest["ms"]
            with connections.translated():
                self._client.pexpire(notification_keys.rest(scope), left_ms)
        return left_ms, rest["why"]

    def grants(self, scope: str, per_second: float, burst: int, count: int) -> tuple[list[int], list[int]]:
        """
        Take up to `count` moments to send: the ms to wait for each that was granted, and for each of the others the ms
        after which to ask again. Script: tasks_app/lua/notifications/rate_limit.lua.
        """
        with connections.translated():
            arguments = (1000 / per_second, burst, count, HORIZON_MS, AWAY_MS)
            granted, later = self._rate_limit(
                keys=[notification_keys.rate(scope), notification_keys.rate_tail(scope)], args=arguments
            )
        return granted, later

    def rest(self, scope: str, seconds: float, why: str) -> None:
        """Send nothing to a provider and account for a while; an existing longer rest stays."""
        milliseconds = int(seconds * 1000)
        self.rests.rest(scope, seconds)
        with connections.translated():
            if self._client.pttl(notification_keys.rest(scope)) < milliseconds:
                text = encoded({"ms": milliseconds, "why": why})
                self._client.set(notification_keys.rest(scope), text, px=milliseconds)

    def pauses(self) -> frozenset[str]:
        """The paused groups but keys, at most PAUSES_SECONDS old; while the state is away, the last ones known."""
        now = time.monotonic()
        if now - self._looked > PAUSES_SECONDS:
            self._looked = now
            with suppress(StateUnavailableError), connections.translated():
                self._paused = frozenset(cast(list[str], self._client.hkeys(keys.pauses())))
        return self._paused

    def subscriptions(self, ids: Sequence[str]) -> dict[str, JsonObject]:
        """The browsers' subscriptions with these ids, if they exist."""
        if not ids:
            return {}
        with connections.translated():
            found = cast(list[str | None], self._client.mget([notification_keys.subscription(one) for one in ids]))
        return {one: json.loads(text) for one, text in zip(ids, found, strict=True) if text}

    def drop_subscription(self, subscription_id: str) -> None:
        """Delete a subscription that its push service calls dead."""
        with connections.translated():
            self._client.delete(notification_keys.subscription(subscription_id))
