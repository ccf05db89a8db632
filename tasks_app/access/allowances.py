"""Allowances: how many requests each key may still send, by its rate, over all web processes together.

A process does not ask the state at each request. It takes an allowance for the next requests of a key, of at most
HOLD_SECONDS at the key's rate, and lets them in by itself. What it has not used by then is lost. The state grants a
burst that is smaller by as much as one allowance, so that over all processes, in any T seconds, never more than
`requests + requests * T / seconds` are let in.
"""

import math
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, cast

import redis
from redis.commands.core import Script

from tasks_app.configuration import Rate
from tasks_app.errors import StateUnavailableError
from tasks_app.lua import IN_ANY_MEMORY, text
from tasks_app.state import access_keys, connections

HOLD_SECONDS = 0.2
AWAY_SECONDS = 1.0  # how long nobody is asked after the state did not answer: each try would take its whole timeout
REFUSED_AT_MOST_SECONDS = 10.0  # then the state is asked again, as its clock may have been set
PURSES = 1_024  # of keys in memory; beyond that, those that are over are dropped


class Verdict(NamedTuple):
    """Is a request let in? Else after how many seconds. `left`: how many more may come at once; None = unknown."""

    is_let_in: bool
    wait_seconds: float
    left: int | None


@dataclass(slots=True)
class _Purse:
    """What this process has of the rate of one key. Moments are of time.monotonic()."""

    name: str
    rate: Rate
    lock: threading.Lock = field(default_factory=threading.Lock)
    left: int = 0
    given: int = 0  # of the last allowance
    began: float = float("-inf")
    ends: float = float("-inf")
    opens: float = float("-inf")  # when the next request may be let in
    asks_again: float = float("-inf")  # until then the state need not be asked
    common: int = 0  # what the state still had

    @property
    def largest(self) -> int:
        """The largest allowance that this process may hold."""
        return max(1, math.floor(HOLD_SECONDS * self.rate.requests / self.rate.seconds))

    @property
    def burst(self) -> int:
        """How much the state grants at once. An allowance of one is used at once, so none is held."""
        return self.rate.requests - (self.largest if self.largest > 1 else 0)

    def wanted(self, now: float) -> int:
        """How large the next allowance should be: as the last one was used, so that little of it is lost."""
        if self.left:
            return max(1, self.given - self.left)
        is_quick = now - self.began < HOLD_SECONDS / 2
        return min(self.given * 2 if is_quick else max(1, self.given), self.largest)


class Allowances:
    """The rates of all keys, as one process keeps them. Thread-safe."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._purses: dict[tuple[str, Rate], _Purse] = {}
        self._purses_at_most = PURSES
        self._away_until = float("-inf")

    def take(self, name: str, rate: Rate) -> Verdict:
        """
        Let one request in, or not. While the state does not answer, every request is let in: it can change nothing
        without the state.
        """
        purse = self._purse(name, rate)
        with purse.lock:  # whoever finds it empty asks, and the others wait for the answer
            now = time.monotonic()
            if purse.left and now < purse.ends:
                purse.left -= 1
                return Verdict(True, 0.0, purse.left + purse.common)
            if now < purse.asks_again:
                return Verdict(False, purse.opens - now, 0)
            if not self._ask(purse, now, purse.wanted(now)):
                return Verdict(True, 0.0, None)
            if not purse.left:
                return Verdict(False, purse.opens - now, 0)
            purse.left -= 1
            return Verdict(True, 0.0, purse.left + purse.common)

    def owe(self, name: str, rate: Rate, count: int) -> None:
        """
        A batch that was let in counts as so many requests more. What is not there is owed: nothing is let in until it
        is made up for.
        """
        purse = self._purse(name, rate)
        with purse.lock:
            now = time.monotonic()
            at_hand = min(count, purse.left) if now < purse.ends else 0
            purse.left -= at_hand
            if count > at_hand:
                self._ask(purse, now, 0, count - at_hand)

    def owed_seconds(self, name: str, rate: Rate) -> float:
        """How long it takes until what batches owe is made up for. Changes nothing. Raises StateUnavailableError."""
        with connections.translated():
            kept = cast(str | None, self._client.get(_key(name, rate)))
        arrival_ms, written_ms = map(float, (kept or "0:0").split(":"))
        ahead_ms = arrival_ms - max(written_ms, time.time() * 1000) - rate.seconds * 1000
        return max(0.0, ahead_ms / 1000)

    def _ask(self, purse: _Purse, now: float, wanted: int, owed: int = 0) -> bool:
        """Get a new allowance, or tell of a debt. False if the state does not answer."""
        if now < self._away_until:
            return False
        rate = purse.rate
        key = _key(purse.name, rate)
        arguments = (rate.interval_ms, purse.burst, wanted, owed)
        try:
            with connections.translated():
                granted, wait_ms, purse.common = cast(list[int], self._script(keys=[key], args=arguments))
        except StateUnavailableError:
            self._away_until = time.monotonic() + AWAY_SECONDS
            return False
        if wanted:
            # From before it was asked: the state granted it later, and it must be over first here.
            purse.left = purse.given = granted
            purse.began, purse.ends = now, now + HOLD_SECONDS
        if not granted and wait_ms:
            purse.opens = now + wait_ms / 1000
            purse.asks_again = min(purse.opens, now + REFUSED_AT_MOST_SECONDS)
        return True

    def _purse(self, name: str, rate: Rate) -> _Purse:
        purse = self._purses.get((name, rate))
        if purse is None:
            if len(self._purses) >= self._purses_at_most:
                self._drop_idle()
            purse = self._purses.setdefault((name, rate), _Purse(name, rate))
        return purse

    def _drop_idle(self) -> None:
        now = time.monotonic()
        kept = {place: one for place, one in self._purses.items() if now < max(one.ends, one.asks_again)}
        self._purses, self._purses_at_most = kept, max(PURSES, 2 * len(kept))

    @cached_property
    def _script(self) -> Script:
        return self._client.register_script(IN_ANY_MEMORY + text("access/allow"))


def _key(name: str, rate: Rate) -> str:
    return access_keys.api_rate(name, f"{rate.requests}/{rate.seconds}")
