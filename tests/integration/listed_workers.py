"""Workers that are in the list, with slots or without, though no process of theirs runs."""

import secrets
from collections.abc import Mapping, Sequence

import redis

from tasks_app.text import encoded
from tests.jobs import options
from worker.jobs.job_store import Itself, JobStore, Wishes
from worker.jobs.slots import Doing

DOCUMENTED = "worker-4711@host"  # as in the examples of the documents


def name_worker(
    state: redis.Redis,
    name: str = DOCUMENTED,
    slots: Mapping[str, int] | None = None,
    doing: Sequence[Doing] = (),
    boot: str = "",
) -> Wishes:
    """Announce a worker for a minute, by default by a new process; what is wished of it."""
    host = name.partition("@")[2]
    lanes = slots or {}
    facts = {"host": host, "pid": 4711, "queues": [*lanes], "release": "1", "since_ms": 1, "is_stopping": False}
    itself = Itself(boot or secrets.token_hex(4), encoded(facts))
    return JobStore(state, options()).announce(name, lanes, [], 60, doing, itself)
