"""Usher's handlers in a measurement, named in USHER_HANDLERS: they do nothing."""

from benchmarks.systems import NO_OP, OTHER
from worker.active import ActiveJob
from worker.handlers import handler


@handler(NO_OP)
def do_nothing(_: ActiveJob) -> None:
    """The work of which there is much."""


@handler(OTHER)
def do_nothing_else(_: ActiveJob) -> None:
    """The work that comes in between."""
