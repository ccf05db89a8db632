"""Jobs as Kue's API asks for them: by a number that counts up, and by their places in a list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import redis

from tasks_app.errors import UnknownJobError
from tasks_app.jobs.job import State
from tasks_app.lua import job_script
from tasks_app.state import connections, keys

ALL_STATES = (State.QUEUED, State.ACTIVE, State.FAILED, State.DELAYED, State.COMPLETE)


@dataclass(frozen=True, slots=True)
class Window:
    """The jobs from rank `start` on; `size`: how many there are, of which `ids` may be only the first."""

    ids: list[str]
    start: int
    size: int


class NumberedJobs:
    """
    Numbers of jobs on one server. A job has none until somebody asks for it: other jobs cost nothing, and a number
    takes about 130 bytes until the job is forgotten.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._numbers = client.register_script(job_script("numbers", takes_in=True))
        self._window = client.register_script(job_script("window"))

    def of(self, ids: Sequence[str]) -> dict[str, int]:
        """Job id -> its number. Writes only for jobs that had none."""
        if not ids:
            return {}
        with connections.translated():
            known = self._client.zmscore(keys.numbers(), list(ids))
            if None in known:
                known = cast(list[float | None], self._numbers(keys=[keys.events()], args=ids))
        return {job_id: int(number or 0) for job_id, number in zip(ids, known, strict=True)}

    def find(self, number: int) -> str:
        """The id of the job that has this number. Raises UnknownJobError if none has it or the job is forgotten."""
        with connections.translated():
            ids = cast(list[str], self._client.zrange(keys.numbers(), number, number, byscore=True))
            if ids and self._client.exists(keys.job(ids[0])):
                return ids[0]
            if ids:  # a worker of an older release has forgotten the job and knows no numbers
                self._client.zrem(keys.numbers(), ids[0])
        raise UnknownJobError

    def window(self, first: int, last: int, most: int, job_type: str = "", states: Iterable[State] = ()) -> Window:
        """
        The first `most` jobs from rank `first` to rank `last`, as ZRANGE counts them (-1 = the last of all), of one
        type or all, in these states or ALL_STATES. The order: tasks_app/lua/jobs/window.lua.
        """
        arguments: list[int | str] = [first, last, most, job_type, *(tuple(states) or ALL_STATES)]
        with connections.translated():
            start, size, *ids = cast(list[Any], self._window(keys=[keys.events()], args=arguments))
        return Window(ids, start, size)
