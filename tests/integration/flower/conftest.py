"""The events of jobs on a test's own server, as a listener at the broker hears them for Flower."""

import threading
from collections.abc import Callable, Iterator

import pytest
import redis
from celery import Celery

from tasks_app.usher import Usher
from tests.servers import Valkey
from tests.watched import Told, Watched


@pytest.fixture
def app(valkey: Valkey) -> Celery:
    return Celery("watched", broker=valkey.url(1))


@pytest.fixture
def told(app: Celery) -> Iterator[Told]:
    """The events as Flower would hear them."""
    heard: Told = []
    ready, done = threading.Event(), threading.Event()

    def listen() -> None:
        with app.connection_for_read() as connection:
            receiver = app.events.Receiver(connection, handlers={"*": heard.append})
            with receiver.consumer_context() as (listening, _, _):
                ready.set()
                while not done.is_set():
                    try:
                        listening.drain_events(timeout=0.2)
                    except TimeoutError:
                        continue

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield heard
    done.set()
    thread.join(10)


@pytest.fixture
def watched(state: redis.Redis, usher: Usher, app: Celery, told: Told, eventually: Callable[..., None]) -> Watched:
    return Watched(state, app, told, eventually)
