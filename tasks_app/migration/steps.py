"""The steps of migration.py, which says what one is: STEPS[n] brings layout n to n + 1. None changes once released."""

from collections.abc import Iterator
from typing import Any

from tasks_app.migration.words import reword

AT_ONCE = 200


def give_places(ground: Any) -> Iterator[int]:
    """
    0 to 1: the score of a queued job is its place in line, where it was the time at which to publish it again. Layout 0
    is what carries no version, of whatever release, and may be of layout 1 already: what has a place keeps it.
    """
    yield from reword(ground)
    for job_type in ground.run("return redis.call('SMEMBERS', '{jobs}:types')\n"):
        while count := ground.run("places", job_type, AT_ONCE):
            yield count


def gather(ground: Any) -> Iterator[int]:
    """
    1 to 2: shows, products, their agenda and lists have keys in the slot of the jobs, where each had its own; and
    complete jobs stand in a list.
    """
    for kind in ("show", "product"):
        while count := ground.run("gather", kind, AT_ONCE):
            yield count
    while count := ground.run("codes", AT_ONCE):
        yield count
    for job_type in ground.run("return redis.call('SMEMBERS', '{jobs}:types')\n"):
        while count := ground.run("complete", job_type, AT_ONCE):
            yield count


def lighten(ground: Any) -> Iterator[int]:
    """
    2 to 3: fields of records have letters for names, and units of customers are counted where they have a limit only.
    What else is shorter needs no step: data and results in full, an entry of one change and a member of one hold are
    what they were.
    """
    last = -1
    while last:  # until all are seen to be done: a scan misses some where another server takes over in the middle of it
        last = 0
        for found in ground.keys("{jobs}:job:*"):
            count = ground.run("letters", *found)
            last += count
            yield count
    for kind in ("show", "product"):
        names = ground.run("return redis.call('SMEMBERS', '{jobs}:inventories:' .. ARGV[1])\n", kind)
        for at in range(0, len(names), AT_ONCE):
            yield ground.run("uncount", *(f"{kind}:{name}" for name in names[at : at + AT_ONCE]))


STEPS = (give_places, gather, lighten)
