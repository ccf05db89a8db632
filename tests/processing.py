"""A processor in a thread of the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tasks_app.program import own_usher
from tests.jobs import TYPE
from worker.jobs.handlers import One
from worker.jobs.processor import Processor


@contextmanager
def processing(function: One, concurrency: int = 1, job_type: str = TYPE) -> Iterator[Processor]:
    """A processor that works within the block, and ends with it."""
    worker = Processor(own_usher(), job_type, concurrency, function)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(10)
        assert not thread.is_alive()
