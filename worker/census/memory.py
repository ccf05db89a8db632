"""Which kind of thing a key belongs to, and how much memory the keys of each kind take."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import cast

import redis

from tasks_app.jobs import State
from tasks_app.state import connections, inventory_keys, keys

# What is kept of each job, so that there are as many keys as jobs: a sample tells their size.
_OF_JOBS = re.compile(re.escape(keys.JOBS) + r":(job|log|unique|met|batch|call):")
_OF_SHOWS = re.compile(re.escape(keys.JOBS) + r":(show|product):")
JOBS, LINES, EVENTS, SHOWS, LEDGERS, FOUND = "jobs", "lines", "events", "shows", "ledgers", "found"
OTHER = "other"
KINDS = (JOBS, LINES, EVENTS, SHOWS, LEDGERS, FOUND, OTHER)
_FOUND = inventory_keys.found("", "").removesuffix("::") + ":"  # lists of reservations
_LINES = (keys.index("", "").removesuffix(":"), keys.complete(""), keys.failure_kinds(""))
SAMPLE = 300  # keys; of each server


def kind_of(key: str) -> str | None:
    """The kind of a key that only a sample shows; None = it is measured by itself."""
    if _OF_JOBS.match(key):
        return JOBS
    if key.startswith(_FOUND):
        return FOUND
    is_measured = _OF_SHOWS.match(key) or key == keys.events() or key.startswith(_LINES)
    return None if is_measured else OTHER


def sampled(client: redis.Redis) -> Counter[str]:
    """Bytes by kind, of the kinds with many small keys, estimated from some of them. Raises redis.RedisError."""
    found: Counter[str] = Counter()
    for server in connections.each_server(client):
        pipeline = server.pipeline(transaction=False)
        pipeline.dbsize()
        for _ in range(SAMPLE):
            pipeline.randomkey()
        count, *names = pipeline.execute()
        names = [name for name in names if name is not None]
        of_server: Counter[str] = Counter()
        for name, size in zip(names, sizes(server, names), strict=True):
            if kind := kind_of(name):
                of_server[kind] += size
        for kind, size in of_server.items():
            found[kind] += size * count // len(names)
    return found


def of_lines(client: redis.Redis) -> Counter[str]:
    """Bytes of the jobs' indexes and of their events. Raises redis.RedisError."""
    types = sorted(cast(set[str], client.smembers(keys.types())))
    pipeline = client.pipeline(transaction=False)
    for one in types:
        pipeline.smembers(keys.failure_kinds(one))
    kinds = dict(zip(types, pipeline.execute(), strict=True))
    states = [state for state in State if state is not State.COMPLETE]
    names = [keys.index(one, state) for one in types for state in states] + [keys.complete(one) for one in types]
    names += [keys.failed_alike(one, kind) for one in types for kind in kinds[one]]
    return Counter({LINES: sum(sizes(client, names)), EVENTS: sum(sizes(client, [keys.events()]))})


def sizes(client: redis.Redis, names: Iterable[str]) -> list[int]:
    """Bytes of each key; 0 if it is gone, or if a provider forbids the question. Raises redis.RedisError."""
    pipeline = client.pipeline(transaction=False)
    for name in names:
        pipeline.memory_usage(name)
    found = pipeline.execute(raise_on_error=False)
    return [size if isinstance(size, int) else 0 for size in found]
