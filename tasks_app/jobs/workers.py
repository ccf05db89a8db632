"""Workers: every worker process that is there or fell silent, what operators wish of it, and the wishing."""

import json
from dataclasses import dataclass
from typing import Any, Literal, cast

import redis

from tasks_app.errors import StoppingWorkerError, UnknownWorkerError
from tasks_app.lua import job_script
from tasks_app.state import connections, keys, worker_keys

SILENT_MS = 3_000  # a worker announces itself each 0.4 s
LISTED = 500  # at most
WorkerState = Literal["working", "quiet", "stopping", "silent"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator wishes: since when, unix ms; who, None = nobody needs a key; why, None = it was not said."""

    since_ms: int
    by: str | None
    reason: str | None

    @classmethod
    def of(cls, text: str | None) -> "Wish | None":
        """Read what steer.lua wrote."""
        if not text:
            return None
        told = json.loads(text)
        return cls(int(told["since"]), told["by"] or None, told["reason"] or None)


@dataclass(frozen=True, slots=True)
class Worker:
    """
    A worker's process. `state`: `silent` = it has not announced itself for three seconds, so it is frozen, killed or
    cut off; `stopping` = it finishes what it does and ends; `quiet` = it starts no job.
    """

    name: str
    state: WorkerState
    host: str
    pid: int
    queues: list[str]
    release: str
    since_ms: int  # when its process started, unix ms by its own clock
    seen_ms: int  # when it last announced itself, unix ms by the server's clock
    quiet: Wish | None
    stop: Wish | None


class Workers:
    """The workers of one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def all(self) -> tuple[list[Worker], int]:
        """The first LISTED by name, and how many there are. Raises StateUnavailableError."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.time()
            pipeline.zrange(worker_keys.workers(), 0, -1, withscores=True)
            (seconds, micros), seen = cast(Any, pipeline.execute())
        listed = sorted(seen)[:LISTED]
        return self._read(listed, seconds * 1000 + micros // 1000), len(seen)

    def of(self, name: str) -> Worker:
        """One worker. Raises UnknownWorkerError, StateUnavailableError."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.time()
            pipeline.zscore(worker_keys.workers(), name)
            (seconds, micros), seen_ms = cast(Any, pipeline.execute())
        found = [] if seen_ms is None else self._read([(name, seen_ms)], seconds * 1000 + micros // 1000)
        if not found:
            raise UnknownWorkerError(worker=name)
        return found[0]

    def quiet(self, name: str, by: str = "", reason: str = "") -> None:
        """
        Have it start no job from now on, for as long as its process lives or until `resume`; what it does, it finishes.
        Safe to repeat: since when stays, who and why are said anew. Raises UnknownWorkerError, StateUnavailableError.
        """
        self._steer(name, "quiet", by, reason)

    def resume(self, name: str) -> None:
        """Have it start jobs again. Safe to repeat. Raises UnknownWorkerError, StoppingWorkerError."""
        self._steer(name, "resume")

    def stop(self, name: str, by: str = "", reason: str = "") -> None:
        """
        Have it finish what it does, for as long as its settings allow, and end. This cannot be taken back. It is safe
        to repeat. Raises UnknownWorkerError, StateUnavailableError.
        """
        self._steer(name, "stop", by, reason)

    def _steer(self, name: str, wish: str, by: str = "", reason: str = "") -> None:
        script = self._client.register_script(job_script("steer"))
        with connections.translated():
            (answer,) = cast(list[str], script(keys=[keys.events()], args=[name, wish, by, reason]))
        if answer == "unknown":
            raise UnknownWorkerError(worker=name)
        if answer == "stopping":
            raise StoppingWorkerError(worker=name)

    def _read(self, seen: list[tuple[str, float]], now_ms: int) -> list[Worker]:
        """Those that have a record still."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            for name, _ in seen:
                pipeline.hmget(worker_keys.worker(name), ["facts", "quiet", "stop"])
            rows = cast(Any, pipeline.execute())
        found = []
        for (name, seen_ms), (facts, quiet, stop) in zip(seen, rows, strict=True):
            if not facts:
                continue
            told: dict[str, Any] = json.loads(facts)
            is_stopping = told.pop("is_stopping") or bool(stop)
            state: WorkerState = "stopping" if is_stopping else "quiet" if quiet else "working"
            if now_ms - seen_ms > SILENT_MS:
                state = "silent"
            found.append(Worker(name, state, **told, seen_ms=int(seen_ms), quiet=Wish.of(quiet), stop=Wish.of(stop)))
        return found
