"""
What a line says besides its text: which process and worker wrote it, for which job, for which request.

The job and the request are context variables: whatever code writes a line meanwhile need not know of them. They are
only looked at when a line is written, so a job pays nothing but for setting one variable.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

IDS_SHOWN = 10  # of jobs that are done together

_process: dict[str, Any] = {}
_worker: ContextVar[str] = ContextVar("worker", default="")
_work: ContextVar[tuple[str, Sequence[str], int] | None] = ContextVar("work", default=None)
request_id: ContextVar[str] = ContextVar("request_id", default="")


def name_process(process: str, worker: str = "") -> None:
    """Every line of this process, and of those that it forks, says what kind of process and which worker it is."""
    _process.clear()
    _process["process"] = process
    if worker:
        _process["worker"] = worker


def within_worker(name: str) -> None:
    """The lines of this thread are this worker's; for programs with several."""
    _worker.set(name)


class within:  # noqa: N801 it is used as a function; a generator's context manager would take four times as long
    """
    Lines that are written within the block are about these jobs of one type. `attempt`: of a single job, 1 = its first;
    0 = it is not known.

    A thread that a handler starts by itself begins with an empty context: give it `contextvars.copy_context().run`.
    """

    __slots__ = ("_token", "_work")

    def __init__(self, job_type: str, ids: Sequence[str], attempt: int = 0) -> None:
        self._work = (job_type, ids, attempt)

    def __enter__(self) -> None:
        self._token = _work.set(self._work)

    def __exit__(self, *_: object) -> None:
        _work.reset(self._token)


def fields() -> dict[str, Any]:
    """
    What a line says now: process, worker; request_id while a request is answered; type with job and attempt, or with
    jobs (the first ten ids) and job_count, while a handler runs.
    """
    found = dict(_process)
    if worker := _worker.get():
        found["worker"] = worker
    if asked := request_id.get():
        found["request_id"] = asked
    if work := _work.get():
        job_type, ids, attempt = work
        found["type"] = job_type
        if len(ids) == 1:
            found["job"] = ids[0]
            if attempt:
                found["attempt"] = attempt
        else:
            found["jobs"], found["job_count"] = list(ids[:IDS_SHOWN]), len(ids)
    return found
