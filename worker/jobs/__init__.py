"""Doing jobs of any type: turns, handlers, outcomes, slots."""

from worker.jobs import slots, stopping, turns
from worker.jobs.active import ActiveJob
from worker.jobs.chunk import Chunk
from worker.jobs.deciding import Decider
from worker.jobs.handlers import Answers, gradually, handler, registry, together
from worker.jobs.job_store import LINE_CHARACTERS, Claim, JobStore, Settlement, Slot, limited
from worker.jobs.processor import process
from worker.jobs.run import attempt, store
from worker.jobs.slots import Slots

__all__ = [
    "LINE_CHARACTERS",
    "ActiveJob",
    "Answers",
    "Chunk",
    "Claim",
    "Decider",
    "JobStore",
    "Settlement",
    "Slot",
    "Slots",
    "attempt",
    "gradually",
    "handler",
    "limited",
    "process",
    "registry",
    "slots",
    "stopping",
    "store",
    "together",
    "turns",
]
