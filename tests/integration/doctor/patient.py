"""A healthy Usher as the doctor sees it: a real server whose keys are what live workers write. Each test hurts it."""

import time
from typing import Any

import redis

from ops.doctor import examine
from tasks_app.configuration import Settings
from tasks_app.doctor import Report
from tasks_app.jobs import messages
from tasks_app.own_types import OwnType
from tasks_app.state import keys
from tasks_app.state.layout import LAYOUT
from tests.jobs import TYPE, options
from tests.servers import Valkey
from worker.jobs.job_store import JobStore
from worker.jobs.slots import Doing

HEALTHY = {
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "maxmemory": str(2**30),
}
TYPES = [*map(str, OwnType), TYPE]


class Patient:
    """`state` and `broker` are clients of two databases of the server."""

    def __init__(self, valkey: Valkey) -> None:
        self.valkey = valkey
        self.state, self.broker = valkey.client(0), valkey.client(1)
        self.settings: Settings = options(redis_url_given=valkey.url(0), broker_url_given=valkey.url(1))  # type: ignore[arg-type]
        self.store = JobStore(self.state, self.settings)
        self.state.flushall()
        for name, value in HEALTHY.items():
            self.state.config_set(name, value)
        self.state.hset(keys.layout(), "version", str(LAYOUT))
        self.announce()

    def announce(self, worker: str = "worker@here", seconds: float = 60, types: Any = TYPES, **slot: Any) -> None:
        """As a worker of all queues does each tick; its slot is idle unless `slot` says otherwise."""
        doing = [Doing(**({"pid": 4711, "type": "", "since_ms": int(time.time() * 1000), "dead": False} | slot))]
        self.store.announce(worker, dict.fromkeys(messages.QUEUES, 1), types, seconds, doing)
        for queue in messages.QUEUES:
            self.store.note_consumed(queue)

    def report(self, **changes: Any) -> Report:
        return examine(Settings.model_construct(**(self.settings.model_dump() | changes)))

    def found(self, **changes: Any) -> list[tuple[str, str, str]]:
        """Check, level and sentence of each finding."""
        return [(one.check, one.level, one.what) for one in self.report(**changes).findings]

    def close(self) -> None:
        self.state.close()
        self.broker.close()


def stored(url: str) -> list[tuple[bytes, bytes]]:
    """All that a database keeps."""
    with redis.Redis.from_url(url) as raw:
        return [(key, raw.dump(key)) for key in sorted(raw.keys("*"))]


def only(found: list[tuple[str, str, str]]) -> tuple[str, str, str]:
    """The one finding that there is."""
    assert len(found) == 1, found
    return found[0]
