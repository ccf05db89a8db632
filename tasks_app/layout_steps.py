"""The steps of migration.py, which says what one is: STEPS[n] brings layout n to n + 1. None changes once released."""

from collections.abc import Iterator
from typing import Any

AT_ONCE = 200


def give_places(ground: Any) -> Iterator[int]:
    """
    0 to 1: the score of a queued job is its place in line, where it was the time at which to publish it again. Layout 0
    is what carries no version, and that may be of layout 1 already: what has a place keeps it.
    """
    for job_type in ground.run("return redis.call('SMEMBERS', '{jobs}:types')\n"):
        while count := ground.run("places", job_type, AT_ONCE):
            yield count


STEPS = (give_places,)
