"""Checks of the archive, where USHER_ARCHIVE is set: can it be written, does it take what is over, and in time?"""

from collections.abc import Iterator
from typing import Any, cast

from ops.doctor.sight import Sight
from tasks_app.archive import open_archive
from tasks_app.doctor import Finding
from tasks_app.state import inventory_keys

LATE_MS = 900_000  # a round is made each minute, and looks at 500 shows and products


def folder(sight: Sight) -> Iterator[Finding]:
    """The folder answers, and this user may write to it."""
    if not (url := sight.settings.archive):
        return
    try:
        why = open_archive(url).trouble()
    except Exception as error:  # what drivers of archives raise is known to them only
        why = f"{type(error).__name__}: {error}"
    if why:
        yield Finding(
            "error",
            f"The archive cannot be written from here: {why}.",
            "Mount the folder of USHER_ARCHIVE, or give its user the right to write; nothing is forgotten meanwhile.",
        )


def rounds(sight: Sight) -> Iterator[Finding]:
    """Workers archive what is over, and nothing waits much longer than its retention."""
    if not sight.settings.archive:
        return
    now_ms, agenda = sight.now_ms(), inventory_keys.agenda("forget")
    if told := cast(dict[str, str], sight.state.hgetall(inventory_keys.archive_trouble())):
        since = (now_ms - int(told["since_ms"])) / 1000
        yield Finding(
            "error",
            f"The archive has taken nothing for {since:.0f} s, and nothing is forgotten meanwhile: {told['error']}.",
            "Make room, mount it, or give the workers' user the right to write; they go on by themselves in a minute.",
        )
    # A place 0 is due at once, since nobody knows when
    oldest: Any = sight.state.zrangebyscore(agenda, "(0", now_ms - LATE_MS, 0, 1, withscores=True)
    if oldest:
        count = sight.state.zcount(agenda, "(0", now_ms - LATE_MS)
        yield Finding(
            "warning",
            f"The archive is behind: {count:,} of the shows and products should have been looked at up to"
            f" {(now_ms - oldest[0][1]) / 60_000:.0f} min ago.",
            "Start a worker with USHER_ARCHIVE, or look into the logs of those that run.",
        )
