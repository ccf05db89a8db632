"""Runs jobs of any type: turns, handlers, settlements, slots."""

from worker.jobs import slots, stopping, turns
from worker.jobs.active import ActiveJob
from worker.jobs.answers import Answer, Completed, Crashed, Failed, InDoubt, Interrupted, Retry, Snooze
from worker.jobs.chunk import Chunk
from worker.jobs.deciding import Decider
from worker.jobs.handlers import Answers, gradually, handler, registry, together
from worker.jobs.job_store import LOG_LINE_CHARACTERS, Claim, Itself, JobStore, Settlement, Slot, limited
from worker.jobs.processor import process
from worker.jobs.raised import answer_to
from worker.jobs.run import Runner, attempt
from worker.jobs.slots import Slots
from worker.jobs.spans import calling
from worker.jobs.stages import TICK_SECONDS, Stages

__all__ = [
    "LOG_LINE_CHARACTERS",
    "TICK_SECONDS",
    "ActiveJob",
    "Answer",
    "Answers",
    "Chunk",
    "Claim",
    "Completed",
    "Crashed",
    "Decider",
    "Failed",
    "InDoubt",
    "Interrupted",
    "Itself",
    "JobStore",
    "Retry",
    "Runner",
    "Settlement",
    "Slot",
    "Slots",
    "Snooze",
    "Stages",
    "answer_to",
    "attempt",
    "calling",
    "gradually",
    "handler",
    "limited",
    "process",
    "registry",
    "slots",
    "stopping",
    "together",
    "turns",
]
