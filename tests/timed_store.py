"""TimedStore: the real job scripts on a real server, with a clock that a test moves and the face of a MemoryStore."""

from collections.abc import Sequence
from typing import Any

import pytest
import redis

from tasks_app import controls, events, intake, keys, scripts
from tasks_app.events import Event
from tasks_app.intake import Intake
from tasks_app.jobs import NewJob, State
from tasks_app.messages import Nudge
from tasks_app.settings import Settings
from tests.jobs import options
from worker import job_store
from worker.job_store import JobStore

HURRIED = options(stall_limit=1)
CLOCK_KEYS = ("{jobs}:test:seconds", "{jobs}:test:micros")


def move_clock_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripts that are loaded from now on read the time from two keys; else they are as they are."""

    def timed(path: Any, **how: bool) -> str:
        text = scripts.job_script(path, **how)
        assert text.count("redis.call('TIME')") == 1
        return text.replace("redis.call('TIME')", f"redis.call('MGET', '{CLOCK_KEYS[0]}', '{CLOCK_KEYS[1]}')")

    for module in (job_store, intake, controls):
        monkeypatch.setattr(module, "job_script", timed)


class TimedStore:
    """Needs the fixture `state_is_shared` and `move_clock_by_hand`."""

    def __init__(self, client: redis.Redis, options: Settings, now_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
        client.flushall()
        self._client = client
        self._published: list[Nudge] = []
        self._intake = Intake(client, self._published.extend, options)
        monkeypatch.setattr(controls.publisher, "hand_over", self._published.extend)
        monkeypatch.setattr(controls, "settings", options)
        jobs = JobStore(client, options)
        self.claim, self.settle, self.renew = jobs.claim, jobs.settle, jobs.renew
        self.begin, self.progress, self.log = jobs.begin, jobs.progress, jobs.log
        self.promote, self.recover, self.overdue = jobs.promote, jobs.recover, jobs.overdue
        self.now_ms = now_ms

    @property
    def now_ms(self) -> int:
        seconds, micros = self._client.mget(CLOCK_KEYS)
        return int(seconds) * 1000 + int(micros) // 1000

    @now_ms.setter
    def now_ms(self, value: int) -> None:
        self._client.mset(dict(zip(CLOCK_KEYS, (value // 1000, value % 1000 * 1000), strict=True)))

    def submit(self, jobs: Sequence[NewJob]) -> list[Nudge]:
        self._published.clear()
        if jobs:
            self._intake.submit(jobs)
        return list(self._published)

    def cancel(self, job_id: str) -> None:
        controls.cancel(job_id)

    def replay(self, job_id: str) -> Nudge:
        self._published.clear()
        controls.replay(job_id)
        return self._published[0]

    @property
    def records(self) -> dict[str, dict[str, str]]:
        found = self._client.scan_iter(keys.job("*"), count=1_000)
        return {key.rpartition(":")[2]: self._client.hgetall(key) for key in found}

    @property
    def scores(self) -> dict[str, float]:
        indexes = [keys.index(name, state) for name in self._client.smembers(keys.types()) for state in State]
        entries = [entry for index in indexes for entry in self._client.zrange(index, 0, -1, withscores=True)]
        assert len(dict(entries)) == len(entries), "a job stands in two indexes"
        return dict(entries)

    @property
    def logs(self) -> dict[str, list[str]]:
        found = {job_id: self._client.lrange(keys.log(job_id), 0, -1) for job_id in self.records}
        return {job_id: lines for job_id, lines in found.items() if lines}

    @property
    def events(self) -> list[Event]:
        return [events.event_of(keys.events(), entry) for entry in self._client.xrange(keys.events())]  # type: ignore[misc]
