"""Usher: the composition root, and how it begins and is dropped."""

import threading
from collections.abc import Callable
from typing import TypeVar, cast

from tasks_app.configuration import Settings, read_settings
from tasks_app.migration import migration
from tasks_app.parts import Parts
from tasks_app.queue import EventListener, Queue
from tasks_app.state import Connections, forget

T = TypeVar("T")


class Usher(Parts):
    """
    One Usher: its settings, its connections and its parts (parts.py). Several may live in one process.

    Raises SystemExit with a sentence for wrong settings in the environment.
    """

    def __init__(self, settings: Settings | None = None, connections: Connections | None = None) -> None:
        settings = settings or read_settings()
        super().__init__(settings, connections or Connections(settings))
        self._lock = threading.RLock()  # a part may need another part
        self._parts: dict[Callable[[Usher], object], object] = {}
        self._queue: Queue | None = None

    def enter(self, say: Callable[[str], None], wanted: Callable[[], bool] = lambda: True) -> None:
        """Make sure, before anything else, that the state has this release's layout: migration.enter."""
        migration.enter(self.settings, say, wanted)

    def create_queue(self) -> Queue:
        """
        The queue of this Usher; a new queue once it is closed. It is always the same, so that a test that puts it in
        test mode reaches the code under test.
        """
        with self._lock:
            if self._queue is None or self._queue.closed:
                listener = EventListener(self.events, self.jobs)
                self._queue = Queue(self.intake, listener, self.publisher, self.settings)
            return self._queue

    def part(self, make: Callable[["Usher"], T]) -> T:
        """What `make` builds on this Usher: a part from another package. Built once, until `drop`."""
        with self._lock:
            if make not in self._parts:
                self._parts[make] = make(self)
            return cast(T, self._parts[make])

    def drop(self) -> None:
        """Forget the connections and the parts that use them: a forked process must not share its parent's."""
        self._lock = threading.RLock()  # a thread of the parent may hold it
        self._parts.clear()
        self._queue = None
        self.connections.drop()
        forget(self, "celery")
