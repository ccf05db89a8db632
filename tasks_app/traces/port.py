"""What the rest of Usher knows of traces: this, and nothing of OpenTelemetry."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Literal, Protocol

from tasks_app.traces.attempts import Attempt

Kind = Literal["server", "producer", "consumer", "client"]


class Span(Protocol):
    """A span that has not ended."""

    def set(self, name: str, value: str | int) -> None:
        """Set an attribute."""

    def rename(self, name: str) -> None:
        """Give it another name."""

    def fail(self, why: str) -> None:
        """It ended with an error."""


class Traces(Protocol):
    """The traces of one process."""

    def span(
        self, name: str, kind: Kind, attributes: Mapping[str, str | int], parent: str = ""
    ) -> AbstractContextManager[Span]:
        """A span for the block, and the current one meanwhile. `parent` is what was carried; "" = the current span."""

    def carried(self) -> str:
        """What is carried of the current span, as carrying.py joins it; "" = there is none."""

    def attempt(self, attempt: Attempt) -> AbstractContextManager[Span]:
        """The span of an attempt, the current one in the block; and one for the job's time in the queue before it."""

    def note(self, attempt: Attempt, started: float, ended: float, failure: str = "") -> None:
        """The same for an attempt that is over; unix seconds. `failure`: "" if it succeeded."""

    def close(self) -> None:
        """Send what is left, for at most CLOSE_SECONDS."""
