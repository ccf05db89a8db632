"""Counts the jobs about a show or product that are not over. There is no index by target, so it looks at each."""

from typing import cast

import redis

from tasks_app.jobs.job import State
from tasks_app.own_types import RESERVATIONS, OwnType
from tasks_app.state import STORED, keys

AT_ONCE = 500  # records in one round trip
_TARGET = STORED["target"]
_OPEN = (State.QUEUED, State.DELAYED, State.ACTIVE)


def count_waiting(client: redis.Redis, target: str, excepted_id: str) -> int:
    """
    How many jobs about this show or product wait or are active, without this one; jobs that come or go meanwhile count
    or not. Costs two round trips for each 500 jobs about any show or product. Raises redis.RedisError.
    """
    types = [job_type for job_type in OwnType if job_type.queue == RESERVATIONS]
    return sum(
        _count(client, keys.index(job_type, state), target, excepted_id) for job_type in types for state in _OPEN
    )


def _count(client: redis.Redis, index: str, target: str, excepted_id: str) -> int:
    count, cursor = 0, 0
    while True:
        page = client.zscan(index, cursor, count=AT_ONCE)
        cursor, rows = cast(tuple[int, list[tuple[str, float]]], page)
        reading = client.pipeline(transaction=False)
        for job_id, _ in rows:
            reading.hget(keys.job(job_id), _TARGET)
        found = zip(rows, reading.execute(), strict=True)
        count += sum(1 for (job_id, _), about in found if about == target and job_id != excepted_id)
        if not cursor:
            return count
