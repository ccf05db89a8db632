"""A Python program that makes jobs with the queue and hears of them: `python -m chaos.program SEED HISTORY`."""

import os
import signal
import sys
import threading
from pathlib import Path
from random import Random
from typing import Any

from chaos.history import Recorder
from usher import Queue, QueueFullError, StateUnavailableError, create_queue

IDLE_SECONDS = 0.3  # between two jobs
REST_SECONDS = 0.2  # before the same job is saved again
LAST_SECONDS = 60.0  # to hear of the last one's end
HEARD = ("complete", "failed", "cancelled")


def main(seed: str, history: Path) -> None:
    """Run until SIGTERM; then wait for the saved jobs."""
    record, stopped, parent = Recorder(history), threading.Event(), os.getppid()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    chance, number = Random(f"program {seed}"), 0
    with create_queue() as queue:
        while not stopped.wait(IDLE_SECONDS) and os.getppid() == parent:  # nobody ends it once the run was killed
            number += 1
            save(queue, record, f"program-{number}", chance.random() < 0.2)
        queue.wait(seconds=LAST_SECONDS)


def save(queue: Queue, record: Recorder, token: str, fails: bool) -> None:
    """Save one job, as often as needed: it is the same each time."""
    succeeds_at, attempts = (2, 1) if fails else (1, 2)
    job = queue.create("chaos_fragile", {"token": token, "succeeds_at": succeeds_at}).attempts(attempts)

    def hear(name: str) -> Any:
        return lambda *_: record("heard", job=job.id, event=name)

    for name in HEARD:
        job.on(name, hear(name))
    record("asked", key=token, what="job", type="chaos_fragile", succeeds_at=succeeds_at, attempts=attempts)
    while True:
        try:
            job.save()
        except (StateUnavailableError, QueueFullError) as trouble:
            record("broken", key=token, why=type(trouble).__name__)
            threading.Event().wait(REST_SECONDS)
        else:
            record("answered", key=token, status=202, id=job.id, state="queued", code=None)
            return


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
