"""The steps of migration.py, which defines them: STEPS[n] brings layout n to n + 1. A released step never changes."""

from collections.abc import Iterator
from typing import Any

from tasks_app.migration.words import reword

AT_ONCE = 200


def give_places(ground: Any) -> Iterator[int]:
    """
    0 to 1: the score of a queued job becomes its place; before, it was the time at which to publish the job
    again. Layout 0 means data without a version, of any release, and some may have layout 1 already: a job that has a
    place keeps it.
    """
    yield from reword(ground)
    for job_type in ground.run("return redis.call('SMEMBERS', '{jobs}:types')\n"):
        while count := ground.run("places", job_type, AT_ONCE):
            yield count


def gather(ground: Any) -> Iterator[int]:
    """
    1 to 2: the keys of shows, products, their agenda and lists move into the hash slot of the jobs; before, each had
    its own. Complete jobs move into a list.
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
    2 to 3: fields of records get letters for names, and units of customers are counted only where there is a limit. The
    other new short forms need no step: data and results in full, an entry of one change and a member of one hold are
    still valid.
    """
    last = -1
    while last:  # until a scan finds no more: a scan misses some keys if another server takes over in the middle of it
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
