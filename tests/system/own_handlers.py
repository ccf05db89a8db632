"""Handlers such as a user may add; named in USHER_HANDLERS. They leave marks, so that tests see which ran how often."""

import fcntl
import importlib
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

from usher import ActiveJob, LostJobError, PermanentError, handler

STAGE = Path(os.environ["STAGE"])


def mark(job: ActiveJob, fact: str) -> None:
    """One line, appended in one write, so that processes do not mix theirs."""
    with (STAGE / "marks").open("a") as file:
        file.write(f"{job.id} {fact}\n")


@handler("note")
def note(job: ActiveJob) -> dict[str, Any]:
    """Ends at once."""
    mark(job, "done")
    return {"noted": job.data}


@handler("spanning")
def span(job: ActiveJob) -> None:
    """Starts a span of its own, as a user's instrumentation does."""
    with importlib.import_module("opentelemetry.trace").get_tracer("shop").start_as_current_span("resize"):
        mark(job, "done")


@handler("in_turn")
def take_turn(job: ActiveJob) -> None:
    """Leaves a mark if another job of its key is done at this moment, anywhere; a lock ends with its process."""
    with (STAGE / f"key-{job.data['key']}").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            mark(job, "twice")
        mark(job, "begun")
        time.sleep(job.data["seconds"])
        mark(job, "done")


@handler("steps")
def steps(job: ActiveJob) -> str:
    """Reports how far it is."""
    job.log("first line")
    job.progress(1, 4, {"at": "first"})
    job.log("second line")
    job.progress(3, 4, {"at": "second"})
    return "all steps"


@handler("fragile")
def fragile(job: ActiveJob) -> dict[str, int]:
    """Fails until its attempt is the one in its data."""
    mark(job, f"attempt {job.attempt}")
    if job.attempt < job.data["succeeds_at"]:
        raise ValueError(f"attempt {job.attempt} went wrong")
    return {"attempt": job.attempt}


@handler("hopeless")
def hopeless(job: ActiveJob) -> None:
    """Fails for good."""
    mark(job, f"attempt {job.attempt}")
    raise PermanentError("There is no such address.")


@handler("deadly")
def deadly(job: ActiveJob) -> None:
    """Ends its own process, as a fault in C code would."""
    mark(job, "begun")
    os._exit(1)


@handler("leaving")
def leave(job: ActiveJob) -> None:
    """Raises what would end a program, or has a meaning to Celery or Usher: the class that its data names."""
    mark(job, "begun")
    module, _, name = job.data["raises"].rpartition(".")
    raise getattr(importlib.import_module(module), name)("1")


@handler("endless", time_limit_seconds=1)
def endless(job: ActiveJob) -> None:
    """Ignores everything, as a fault in C code would."""
    mark(job, "begun")
    time.sleep(3_600)


@handler("family")
def family(job: ActiveJob) -> None:
    """Starts a child process."""
    multiprocessing.Process(target=mark, args=(job, "child")).start()


@handler("linger")
def linger(job: ActiveJob) -> str:
    """Works until the test lets it go; meanwhile reports that it is alive, if its data `reports`."""
    mark(job, "begun")
    try:
        while not (STAGE / f"go-{job.id}").exists():
            time.sleep(0.05)
            if job.data.get("reports"):
                job.progress(1, 2)
        job.log("let go")
    except LostJobError:
        mark(job, "lost")
        raise
    mark(job, "done")
    return "let go"
