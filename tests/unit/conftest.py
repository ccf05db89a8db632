"""A queue that connects to nothing, and a rehearsal on it."""

import socket

import pytest

from tasks_app.queue.queue import Queue
from worker.jobs.handlers import registry
from worker.testing.simulation import Rehearsal


@pytest.fixture
def queue(monkeypatch):
    def refuse(connection, _):
        connection.close()
        raise AssertionError("something connects")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return Queue()


@pytest.fixture
def rehearsal(queue):
    kept = dict(registry)
    with Rehearsal(queue) as rehearsal:
        yield rehearsal
    registry.clear()
    registry.update(kept)
