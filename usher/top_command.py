"""The command `usher top`: what happens now, as a picture that moves, until q or Ctrl-C."""

import os
import sys
import time
from typing import Any

import click

from usher.job_commands import its_usher, told_of
from usher.terminal import AS_JSON, echo_json, in_sentences, moment
from usher.top_frame import ENDLESS, Choice, frame
from usher.top_picture import BLOCKS, PLAIN_BLOCKS, View

HISTORY_SECONDS = 15.0  # a row of the history comes once a minute
PLAIN_WIDTH = 160


@click.command()
@click.option("--once", is_flag=True, help="Print one picture, without a terminal's arts, and end.")
@click.option("--no-colour", envvar="NO_COLOR", default="", hidden=True, help="No colours, if it is any text.")
@AS_JSON
@in_sentences
def top(once: bool, no_colour: str, as_json: bool) -> None:
    """Show what happens now: lanes, types, workers, what is on sale, and what is wrong.

    Keys: q quits, p stops the picture, j and k or the arrows choose a type, enter shows its failed jobs, h goes back;
    w, o, r, d and f sort the types by what waits, the oldest, what runs, is done and fails.
    Without a terminal it prints one picture.
    """
    reader = Reader()
    if as_json:
        echo_json(reader.json())
    elif once or not (sys.stdout.isatty() and sys.stdin.isatty()):
        width = PLAIN_WIDTH if not sys.stdout.isatty() else os.get_terminal_size().columns
        for line in frame(reader.read(), Choice(), width, ENDLESS, _blocks()):
            click.echo(line.text.rstrip())
    else:
        from usher.top_screen import show  # curses is not everywhere

        show(reader, _blocks(), is_coloured=not no_colour)


def _blocks() -> str:
    return BLOCKS if (sys.stdout.encoding or "").lower().replace("-", "") == "utf8" else PLAIN_BLOCKS


class Reader:
    """Reads what the picture needs, straight from the servers."""

    def __init__(self) -> None:
        self._its = its_usher()
        self._history: Any = None
        self._looked = float("-inf")  # at the history, by time.monotonic

    def read(self) -> View:
        """A few round trips, whose cost does not grow with the number of jobs. Raises StateUnavailableError."""
        from api.health import health
        from tasks_app.doctor import as_json

        stats = health.stats_of(self._its)
        if time.monotonic() - self._looked > HISTORY_SECONDS:
            self._history, self._looked = self._its.history.read("hour"), time.monotonic()
        findings = as_json(self._its.findings.read())["findings"]
        return View(stats, findings, self._history.queues, self._history.types)

    def json(self) -> dict[str, Any]:
        """The bodies of /v1/stats, /v1/findings and /v1/history."""
        from dataclasses import asdict

        from api.health import health
        from tasks_app.doctor import as_json

        stats, history = health.stats_of(self._its), self._its.history.read("hour")
        return {"stats": stats, "findings": as_json(self._its.findings.read()), "history": asdict(history)}

    def failed(self, job_type: str, limit: int) -> list[tuple[str, str, str]]:
        """The last failed jobs of a type: id, when each ended, why."""
        from tasks_app.jobs import State, WantedJobs

        page = self._its.job_lists.page(WantedJobs(State.FAILED, job_type), "", limit)
        return [(job.id, moment(job.finished_ms), told_of(job)) for job in page.jobs]
