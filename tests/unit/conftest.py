"""A queue that connects to nothing, and a simulation on it."""

import socket

import pytest

from tasks_app.usher import Usher
from worker.jobs.handlers import registry
from worker.testing.simulation import Simulation


@pytest.fixture
def queue(monkeypatch):
    def refuse(connection, _):
        connection.close()
        raise AssertionError("something connects")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return Usher().create_queue()


@pytest.fixture
def simulation(queue):
    kept = dict(registry)
    with Simulation(queue) as simulation:
        yield simulation
    registry.clear()
    registry.update(kept)
