"""Finds jobs by the words in their data, within a bounded cost."""

import re
from dataclasses import dataclass

from api.access import is_visible
from api.http import usher
from tasks_app.jobs import Job, State, WantedJobs
from tasks_app.text import encoded_leniently
from tasks_app.usher import Usher

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Bounds:
    """A search looks at so many jobs, so many at once, and at so many characters of their data."""

    jobs: int = 1_000
    jobs_at_once: int = 100
    characters: int = 8_000_000


def bounds(_: Usher) -> Bounds:
    """The bounds of all searches of an Usher."""
    return Bounds()


def matching(query: str) -> list[Job]:
    """
    Jobs that the caller may see and whose data have all words of the query, in the order of JobLists.page. It looks at
    the first jobs up to its bounds, or at fewer with a lot of data, however many there are.
    """
    words, most = _words(query), usher().part(bounds)
    if not words:
        return []
    found: list[Job] = []
    cursor, looked_at, characters = "", 0, 0
    while looked_at < most.jobs and characters < most.characters:
        page = usher().job_lists.page(WantedJobs(), cursor, most.jobs_at_once)
        for job in page.jobs:
            text = encoded_leniently(job.data)
            characters += len(text)
            if job.state is not State.CANCELLED and words <= _words(text) and is_visible(job):
                found.append(job)
        looked_at, cursor = looked_at + most.jobs_at_once, page.cursor
        if not cursor:
            break
    return found


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.casefold()))
