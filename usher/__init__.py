"""Usher's front door; so are `usher.testing`, `usher.channels`, `usher.logs`, `usher.course`. All else is private.

A handler does the jobs of one type. Name its module in USHER_HANDLERS; its return value is the job's result:

    from usher import ActiveJob, PermanentError, handler

    @handler("resize_image", time_limit_seconds=60)
    def resize(job: ActiveJob) -> dict:
        if not job.data.get("path"):
            raise PermanentError("a path is needed")    # the job fails at once
        job.progress(1, 2)
        return {"path": job.data["path"] + ".small"}

`together` registers a function that does a list of jobs at once, `gradually` one that yields its answers as they come:

    @together("index_page", most=50)
    def index(jobs: Sequence[ActiveJob]) -> list:
        return [search.add(job.data) for job in jobs]   # a result for each job, in order

A handler may answer more than its result: `Completed(result)`, `Retry(message, wait_ms)`, `Snooze(why, wait_ms)`,
`Failed(message)`, `InDoubt(message, wait_ms)`:

    return Snooze("it is night there", wait_ms=3_600_000)   # it comes again, and no attempt is spent

`RetryLaterError`, `SnoozeError` and `PermanentError` say the same when raised; any other exception fails one attempt.
`job.progress` raises `LostJobError` when the job was cancelled or ran over its time: stop working on it.

A program creates jobs through a queue and follows them (`Queue`, `CreatedJob`):

    with create_queue() as queue:
        job = queue.create("resize_image", {"path": "a.png"}).attempts(5).backoff("fixed", delay_ms=2_000)
        job.on("complete", lambda result: print("done", result)).save()
        queue.wait([job], seconds=60)

`save` raises `StateUnavailableError` (save again: it is the same job), `QueueFullError`, `TooManyTypesError` or
`NotUniqueError`. All of Usher's errors are subclasses of `UsherError`.

A program that does jobs itself, two at a time, beside the workers or without any:

    process("resize_image", 2, resize)                  # until SIGTERM or Ctrl-C

`Usher(settings)` is one Usher, of which a program may have several; without settings it reads the environment:

    with Usher().create_queue() as queue: ...

`Settings` reads the environment: `Settings().redis_url` is the server's address.

Channels of your own: `usher.channels`. Tests: `usher.testing`. Logs: `usher.logs`. Processes: `usher --help`.
"""

import sys
from typing import TYPE_CHECKING

if sys.version_info < (3, 11):  # noqa: UP036 - an older one must be told so, before it meets newer grammar
    sys.exit("usher: Python 3.11 or newer is needed; this is %d.%d." % sys.version_info[:2])  # noqa: UP031

__version__ = "0.1.0"

_HOMES = {
    "tasks_app.configuration": ("Settings",),
    "tasks_app.errors": (
        "SnoozeError",
        "IllegalTransitionError",
        "LostJobError",
        "NotUniqueError",
        "PermanentError",
        "QueueFullError",
        "RetryLaterError",
        "StateUnavailableError",
        "TooManyTypesError",
        "UsherError",
    ),
    "tasks_app.program": ("create_queue",),
    "tasks_app.queue": ("CreatedJob", "Queue"),
    "tasks_app.usher": ("Usher",),
    "worker.jobs": (
        "ActiveJob",
        "Completed",
        "Failed",
        "InDoubt",
        "Retry",
        "Snooze",
        "gradually",
        "handler",
        "process",
        "together",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME_OF)

if TYPE_CHECKING:  # the same names for type checkers; a test compares
    from tasks_app.configuration import Settings as Settings
    from tasks_app.errors import IllegalTransitionError as IllegalTransitionError
    from tasks_app.errors import LostJobError as LostJobError
    from tasks_app.errors import NotUniqueError as NotUniqueError
    from tasks_app.errors import PermanentError as PermanentError
    from tasks_app.errors import QueueFullError as QueueFullError
    from tasks_app.errors import RetryLaterError as RetryLaterError
    from tasks_app.errors import SnoozeError as SnoozeError
    from tasks_app.errors import StateUnavailableError as StateUnavailableError
    from tasks_app.errors import TooManyTypesError as TooManyTypesError
    from tasks_app.errors import UsherError as UsherError
    from tasks_app.program import create_queue as create_queue
    from tasks_app.queue import CreatedJob as CreatedJob
    from tasks_app.queue import Queue as Queue
    from tasks_app.usher import Usher as Usher
    from worker.jobs import ActiveJob as ActiveJob
    from worker.jobs import Completed as Completed
    from worker.jobs import Failed as Failed
    from worker.jobs import InDoubt as InDoubt
    from worker.jobs import Retry as Retry
    from worker.jobs import Snooze as Snooze
    from worker.jobs import gradually as gradually
    from worker.jobs import handler as handler
    from worker.jobs import process as process
    from worker.jobs import together as together
else:

    def __getattr__(name: str) -> object:
        """Import a name when it is first used: all of them take 0.7 s, which no command should wait for."""
        import importlib

        if name not in _HOME_OF:
            raise AttributeError(f"module 'usher' has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value
