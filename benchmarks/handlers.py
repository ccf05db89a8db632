"""Usher's handlers in a measurement, named in USHER_HANDLERS: they do nothing, and some take a while for it."""

import time

from benchmarks.systems import LONG, NO_OP, OTHER, SLOW
from usher import ActiveJob, handler


@handler(NO_OP)
def do_nothing(_: ActiveJob) -> None:
    """The most frequent work."""


@handler(OTHER)
def do_nothing_else(_: ActiveJob) -> None:
    """The work that comes in between."""


@handler(SLOW)
def wait(job: ActiveJob) -> None:
    """Work that takes as many ms as its data say."""
    time.sleep(job.data["ms"] / 1000)


@handler(LONG)
def wait_long(_: ActiveJob) -> None:
    """Work that takes a minute."""
    time.sleep(60)
