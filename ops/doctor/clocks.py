"""Checks of the clocks: deadlines are the server's time, quiet hours and dates of jobs that of the machines."""

from collections.abc import Iterator

from ops.doctor.sight import Sight
from tasks_app.doctor import Finding, Level
from tasks_app.jobs import messages
from tasks_app.text import NAMED, listed

WARN_MS, WRONG_MS = 2_000, 30_000
REMEDY = "Set the clock, and let NTP keep it (timedatectl set-ntp true)."


def this_machine(sight: Sight) -> Iterator[Finding]:
    """This machine and the servers have the same time."""
    for node in sight.each_server():
        yield from _judge("This machine's clock", sight.skew_ms(node.client), node.name)


def workers(sight: Sight) -> Iterator[Finding]:
    """So do the workers, as far as they announce their time."""
    wrong = {name: ms for name, ms in sight.slots.skews_ms(messages.QUEUES).items() if abs(ms) >= WARN_MS}
    if len(wrong) <= NAMED:
        for worker, skew_ms in sorted(wrong.items()):
            yield from _judge(f"The clock of {worker}", skew_ms, "the state's server")
        return
    worst = sorted(wrong, key=lambda name: -abs(wrong[name]))
    named = listed([f"{name} ({wrong[name] / 1000:+.1f} s)" for name in worst])
    what = f"The clocks of {len(wrong)} workers are ahead of that of the state's server, or behind: {named}."
    yield Finding("error" if abs(wrong[worst[0]]) >= WRONG_MS else "warning", what, REMEDY)


def _judge(whose: str, skew_ms: float, reference: str) -> Iterator[Finding]:
    if abs(skew_ms) < WARN_MS:
        return
    level: Level = "error" if abs(skew_ms) >= WRONG_MS else "warning"
    where = "ahead of" if skew_ms > 0 else "behind"
    yield Finding(level, f"{whose} is {abs(skew_ms) / 1000:.1f} s {where} that of {reference}.", REMEDY)
