"""The job types of a run, named in USHER_HANDLERS. Each writes down what it does, in a file that all of them share."""

import json
import os
import time
from pathlib import Path
from typing import Any

from chaos.history import EFFECTS
from usher import ActiveJob, PermanentError, handler


def did(job: ActiveJob, fact: str) -> None:
    """One record, appended in one write, so that processes do not mix theirs."""
    line = json.dumps({"kind": "did", "at": round(time.monotonic(), 4), "job": job.id, "fact": fact}) + "\n"
    descriptor = os.open(os.environ[EFFECTS], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


@handler("chaos_note")
def note(job: ActiveJob) -> dict[str, Any]:
    """Ends at once; the result is its data."""
    did(job, "done")
    return {"echo": job.data["token"]}


@handler("chaos_in_turn")
def take_turn(job: ActiveJob) -> dict[str, Any]:
    """Takes a moment, in which no other job of its key may be done."""
    time.sleep(0.02)
    did(job, "done")
    return {"echo": job.data["token"]}


@handler("chaos_alone")
def do_alone(job: ActiveJob) -> dict[str, Any]:
    """Takes a moment, in which others of its unique key may come; the result is the data that it has by then."""
    time.sleep(0.1)
    did(job, "done")
    return {"echo": job.data["token"]}


@handler("chaos_steps")
def step(job: ActiveJob) -> dict[str, Any]:
    """Takes its time, and reports how far it is."""
    for number in range(4):
        job.progress(number, 4)
        time.sleep(job.data["step_seconds"])
    did(job, "done")
    return {"echo": job.data["token"]}


@handler("chaos_fragile")
def fail_first(job: ActiveJob) -> dict[str, Any]:
    """Fails until its attempt is the one in its data, which may be beyond the last."""
    if job.attempt < job.data["succeeds_at"]:
        did(job, "failed")
        raise ValueError(f"attempt {job.attempt} of {job.data['token']} went wrong")
    did(job, "done")
    return {"echo": job.data["token"]}


@handler("chaos_hopeless")
def give_up(job: ActiveJob) -> None:
    """Fails for good."""
    did(job, "failed")
    raise PermanentError(f"{job.data['token']} cannot be done")


@handler("chaos_deadly")
def die(job: ActiveJob) -> dict[str, Any]:
    """Ends the process that does it first, as a fault in C code would; another process does it then."""
    marker = Path(f"{os.environ[EFFECTS]}-{job.id}")
    if not marker.exists():
        marker.touch()
        did(job, "died")
        os._exit(1)
    did(job, "done")
    return {"echo": job.data["token"]}


@handler("chaos_endless", time_limit_seconds=2)
def hang(job: ActiveJob) -> None:
    """Ignores everything until its time limit ends it."""
    did(job, "began")
    time.sleep(600)
