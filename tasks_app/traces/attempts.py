"""Attempts at jobs, as traces know them: the id of an attempt's span follows from the job's id and the number."""

import hashlib
from dataclasses import dataclass

from tasks_app.places import queued_ms
from tasks_app.traces.carrying import joined


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    One claim of a job. `trace` is what is carried of the span that submitted the job (carrying.py), `number` counts
    claims from 1, and `place` is the job's score in its backlog.

    Nobody needs to store or pass on a span: whoever does a part of an attempt derives `carried`, and the next attempt
    derives the id to which it links, even if the process of the one before was killed.
    """

    type: str
    id: str
    number: int
    trace: str
    place: str

    @property
    def carried(self) -> str:
        """What is carried of this attempt's span: the parent of all that is done for it."""
        parent, _, state = self.trace.partition(" ")
        version, trace_id, _, flags = parent.split("-")
        return joined(f"{version}-{trace_id}-{span_id(self.id, self.number):016x}-{flags}", state)

    @property
    def queued_seconds(self) -> float:
        """When the job was queued for this attempt, unix seconds of the state's clock."""
        return queued_ms(float(self.place)) / 1000


def span_id(job_id: str, number: int) -> int:
    """64 bits, never 0."""
    digest = hashlib.blake2b(f"{job_id} {number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) or 1
