"""TimedStore: the real job scripts on a real server, with a clock that a test moves and MemoryStore's interface."""

from collections.abc import Sequence

import pytest
import redis

from tasks_app.configuration.settings import Settings
from tasks_app.events.events import Event
from tasks_app.jobs import JobControls, controls, intake
from tasks_app.jobs.intake import Intake, Receipt
from tasks_app.jobs.job import NewJob, State
from tasks_app.lua import job_scripts
from tasks_app.state import keys
from tasks_app.state.record_names import STORED, named
from tests.jobs import events_of, options
from worker.jobs import deciding, job_store
from worker.jobs.job_store import Claim, JobStore

HURRIED = options(stall_limit=1)
CLOCK_KEYS = ("{jobs}:test:seconds", "{jobs}:test:micros")


def move_clock_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts that are loaded from now on read the time from two keys; otherwise they are as they are."""

    def timed(name: str, *parts: str, **how: bool) -> str:
        text = job_scripts.job_script(name, *parts, **how)
        assert text.count("redis.call('TIME')") == ("local now =" in text)
        return text.replace("redis.call('TIME')", f"redis.call('MGET', '{CLOCK_KEYS[0]}', '{CLOCK_KEYS[1]}')")

    for module in (job_store, intake, controls, deciding):
        monkeypatch.setattr(module, "job_script", timed)


class TimedStore:
    """Needs `move_clock_by_hand`."""

    def __init__(self, client: redis.Redis, options: Settings, now_ms: int) -> None:
        client.flushall()
        self._client = client
        self._intake = Intake(client, lambda _: None, options)
        self._controls = JobControls(client, lambda _: None)
        jobs = JobStore(client, options)
        self._jobs, self.settle, self.renew = jobs, jobs.settle, jobs.renew
        self.begin, self.progress, self.log = jobs.begin, jobs.progress, jobs.log
        self.promote = lambda types: jobs.promote(types)[0]
        self.recover = lambda types: jobs.recover(types)[0]
        self.now_ms = now_ms

    @property
    def now_ms(self) -> int:
        seconds, micros = self._client.mget(CLOCK_KEYS)
        return int(seconds) * 1000 + int(micros) // 1000

    @now_ms.setter
    def now_ms(self, value: int) -> None:
        self._client.mset(dict(zip(CLOCK_KEYS, (value // 1000, value % 1000 * 1000), strict=True)))

    def submit(self, jobs: Sequence[NewJob]) -> list[Receipt]:
        return self._intake.submit(jobs) if jobs else []

    def in_order(self, job_type: str = "") -> list[str]:
        """As MemoryStore's."""
        names = [job_type] if job_type else sorted(self._client.smembers(keys.types()))
        rows = [
            row for name in names for row in self._client.zrange(keys.index(name, "queued"), 0, -1, withscores=True)
        ]
        return [job_id for job_id, _ in sorted(rows, key=lambda row: (row[1], row[0]))]

    def claim(self, job_type: str, worker: str, most: int = 1, limit_ms: int = 0, only: str = "") -> list[Claim]:
        """As MemoryStore has it; for `only` the others leave the backlog meanwhile."""
        backlog = keys.index(job_type, "queued")
        others = {j: s for j, s in self._client.zrange(backlog, 0, -1, withscores=True) if only and j != only}
        if others:
            self._client.zrem(backlog, *others)
        claims = self._jobs.claim(job_type, worker, most, limit_ms)
        if others:
            self._client.zadd(backlog, others)
        return claims

    def cancel(self, job_id: str) -> None:
        self._controls.cancel(job_id)

    def replay(self, job_id: str) -> None:
        self._controls.replay(job_id)

    @property
    def records(self) -> dict[str, dict[str, str]]:
        found = self._client.scan_iter(keys.job("*"), count=1_000)
        return {key.rpartition(":")[2]: named(self._client.hgetall(key)) for key in found}

    @property
    def scores(self) -> dict[str, float]:
        names = self._client.smembers(keys.types())
        indexes = [keys.index(name, state) for name in names for state in State]
        entries = [entry for index in indexes for entry in self._client.zrange(index, 0, -1, withscores=True)]
        ids = [job_id for name in names for job_id in self._client.lrange(keys.complete(name), 0, -1)]
        entries += [(job_id, float(self._client.hget(keys.job(job_id), STORED["finished"]))) for job_id in ids]
        assert len(dict(entries)) == len(entries), "a job stands in two indexes"
        return dict(entries)

    @property
    def logs(self) -> dict[str, list[str]]:
        found = {job_id: self._client.lrange(keys.log(job_id), 0, -1) for job_id in self.records}
        return {job_id: lines for job_id, lines in found.items() if lines}

    @property
    def events(self) -> list[Event]:
        return events_of(self._client)
