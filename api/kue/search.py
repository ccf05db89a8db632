"""Finds jobs by the words in their data, within a bounded cost."""

import re

from api.access import is_visible
from api.http import usher
from tasks_app.jobs import Job, State, WantedJobs
from tasks_app.text import encoded_leniently

LOOKED_AT, AT_ONCE = 1_000, 100  # jobs
CHARACTERS_LOOKED_AT = 8_000_000  # of their data
WORD = re.compile(r"\w+")


def matching(query: str) -> list[Job]:
    """
    Jobs that the caller may see and whose data have all words of the query, in the order of JobLists.page. It looks at
    the first LOOKED_AT jobs, or at fewer with a lot of data, however many there are.
    """
    words = _words(query)
    if not words:
        return []
    found: list[Job] = []
    cursor, looked_at, characters = "", 0, 0
    while looked_at < LOOKED_AT and characters < CHARACTERS_LOOKED_AT:
        page = usher().job_lists.page(WantedJobs(), cursor, AT_ONCE)
        for job in page.jobs:
            text = encoded_leniently(job.data)
            characters += len(text)
            if job.state is not State.CANCELLED and words <= _words(text) and is_visible(job):
                found.append(job)
        looked_at, cursor = looked_at + AT_ONCE, page.cursor
        if not cursor:
            break
    return found


def _words(text: str) -> set[str]:
    return set(WORD.findall(text.casefold()))
