"""A queue that connects to nothing, and a simulation on it."""

import socket

import pytest

from tasks_app.usher import Usher
from worker.testing.simulation import Simulation


@pytest.fixture
def no_network(monkeypatch):
    """Nothing connects."""

    def refuse(connection, _):
        connection.close()
        raise AssertionError("something connects")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def queue(no_network):
    return Usher().create_queue()


@pytest.fixture
def simulation(queue, own_handlers):
    with Simulation(queue) as simulation:
        yield simulation
