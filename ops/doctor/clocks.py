"""Checks of the clocks: deadlines are the server's time, quiet hours and dates of jobs that of the machines."""

from collections.abc import Iterator

from ops.doctor.sight import Sight
from tasks_app.doctor import Finding, Level
from tasks_app.jobs import messages

WARN_MS, WRONG_MS = 2_000, 30_000
REMEDY = "Set the clock, and let NTP keep it (timedatectl set-ntp true)."


def this_machine(sight: Sight) -> Iterator[Finding]:
    """This machine and the servers have the same time."""
    for node in sight.each_server():
        yield from _judge("This machine's clock", sight.skew_ms(node.client), node.name)


def workers(sight: Sight) -> Iterator[Finding]:
    """So do the workers, as far as they announce their time."""
    for worker, skew_ms in sorted(sight.slots.skews_ms(messages.QUEUES).items()):
        yield from _judge(f"The clock of {worker}", skew_ms, "the state's server")


def _judge(whose: str, skew_ms: float, reference: str) -> Iterator[Finding]:
    if abs(skew_ms) < WARN_MS:
        return
    level: Level = "error" if abs(skew_ms) >= WRONG_MS else "warning"
    where = "ahead of" if skew_ms > 0 else "behind"
    yield Finding(level, f"{whose} is {abs(skew_ms) / 1000:.1f} s {where} that of {reference}.", REMEDY)
