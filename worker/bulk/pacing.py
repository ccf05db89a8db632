"""Pacing: how many jobs an operation may change now, so that it never changes more than its rate a second."""

BURST_MS = 1_000.0  # what was not used is good for so long: a part of an operation begins a moment late


class Pacing:
    """
    The rate of one operation, jobs a second; None = any number. `from_ms` is the moment from which on unused time
    counts, unix ms; it is kept from one part of the operation to the next.
    """

    def __init__(self, rate: float | None, from_ms: float) -> None:
        self._rate, self.from_ms = rate, from_ms

    def allowed(self, now_ms: float, most: int) -> int:
        """How many jobs may be changed now, at most `most`."""
        if self._rate is None:
            return most
        self.from_ms = min(max(self.from_ms, now_ms - max(BURST_MS, 1_000 / self._rate)), now_ms)
        return min(most, int((now_ms - self.from_ms) / 1_000 * self._rate + 1e-9))

    def spend(self, count: int) -> None:
        """So many were changed."""
        if self._rate is not None:
            self.from_ms += count * 1_000 / self._rate

    def wait_ms(self, now_ms: float) -> int:
        """How long until one is allowed."""
        return 0 if self._rate is None else max(0, round(self.from_ms + 1_000 / self._rate - now_ms))
