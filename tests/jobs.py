"""Jobs on a test's own server: taking them in, and reading all that is stored of them."""

from collections.abc import Iterable

import redis

from tasks_app.configuration.settings import Settings
from tasks_app.events.events import Entry, Event
from tasks_app.jobs.intake import Intake, Receipt
from tasks_app.jobs.job import Job, NewJob, State
from tasks_app.jobs.messages import Wake
from tasks_app.program import own_usher
from tasks_app.state import keys
from tasks_app.state.record_names import STORED
from worker.jobs.chunk import Chunk
from worker.jobs.handlers import registry
from worker.jobs.job_store import Claim, JobStore, Settlement, Slot
from worker.jobs.run import Runner

TYPE = "resize_image"


def options(**changes: object) -> Settings:
    """Settings of a system in a hurry: leases and second looks within fractions of a second."""
    hurried = Settings().model_dump() | {"lease_seconds": 1.0, "wake_seconds": 0.2} | changes
    return Settings.model_construct(**hurried)


def take_in(state: redis.Redis, *jobs: NewJob, limits: Settings | None = None) -> list[Wake]:
    """Submit jobs; returns what would have been published."""
    published: list[Wake] = []
    Intake(state, published.extend, limits or options()).submit(jobs)
    return published


def news(receipts: Iterable[Receipt]) -> list[bool]:
    """Of each job that was submitted: was it new?"""
    return [receipt.new for receipt in receipts]


def new(**fields: object) -> NewJob:
    """A job of the test's type."""
    return NewJob(**{"type": TYPE, "data": {}} | fields)  # type: ignore[arg-type]


def read(state: redis.Redis, job_id: str) -> Job:
    return Job.from_record(job_id, state.hgetall(keys.job(job_id)))


def told(state: redis.Redis, job_id: str) -> list[str]:
    """The names of the events of one job, in their order."""
    return [event.event for event in events_of(state) if event.job == job_id]


def events_of(state: redis.Redis) -> list[Event]:
    """All events, in order."""
    entries = [Entry(keys.events(), *entry) for entry in state.xrange(keys.events())]
    return [event for entry in entries for event in entry.of(entry.jobs) if isinstance(event, Event)]


def where(state: redis.Redis, job_id: str, types: Iterable[str] = (TYPE,)) -> list[str]:
    """The states in whose index a job stands: always exactly one, the one in its record."""
    return [s.value for t in types for s in State if job_id in standing(state, t, s)]


def standing(state: redis.Redis, job_type: str, job_state: str) -> list[str]:
    """The jobs of one type that stand in the index of one state, in its order."""
    if job_state == State.COMPLETE:
        return list(state.lrange(keys.complete(job_type), 0, -1))
    return list(state.zrange(keys.index(job_type, job_state), 0, -1))


def end_long_ago(state: redis.Redis, job_id: str, ended_ms: int = 1) -> None:
    """Make it look as if a complete job had ended then."""
    state.hset(keys.job(job_id), STORED["finished"], str(ended_ms))


def assert_consistent(state: redis.Redis, types: Iterable[str] = (TYPE,)) -> None:
    """
    Every record stands in exactly the index of its state, and every index entry has such a record; and every failed job
    is in one group.
    """
    records = {
        key.rpartition(":")[2]: state.hget(key, STORED["state"]) for key in state.scan_iter(f"{keys.JOBS}:job:*")
    }
    indexed = [(job_id, s.value) for t in types for s in State for job_id in standing(state, t, s)]
    assert sorted(indexed) == sorted(records.items())
    for job_type in types:
        kinds = state.smembers(keys.failure_kinds(job_type))
        grouped = [one for kind in kinds for one in state.zrange(keys.failed_alike(job_type, kind), 0, -1)]
        assert sorted(grouped) == sorted(standing(state, job_type, State.FAILED))


def slot_claims(
    store: JobStore, ids: Iterable[str], worker: str = "worker@test", limit_ms: int = 0, token: str = "test"
) -> list[Claim]:
    """What a slot claims that finds these jobs at the head of the backlog; any others go back to their places."""
    wanted = list(ids)
    claims: dict[str, Claim] = {}
    for job_type in _types_of(store, wanted):
        found = store.turn(Slot(job_type, "jobs", worker, limit_ms, token), 1_000).claims
        if others := [one for one in found if one.id not in wanted]:
            store.settle([Settlement(one, "returned", one.place) for one in others])
        claims |= {one.id: one for one in found if one.id in wanted}
    return [claims[job_id] for job_id in wanted if job_id in claims]


def claim(store: JobStore, *ids: str) -> list[Claim]:
    """As `slot_claims`, for a worker of no name in particular."""
    return slot_claims(store, ids)


def slot_works(job_type: str, *ids: str) -> int:
    """Do those of these jobs that are not done yet, as a slot would; returns how many."""
    usher = own_usher()
    runner = usher.part(Runner)
    claims = slot_claims(runner.store, ids, limit_ms=registry[job_type].limit_ms(usher.settings))
    if claims:
        runner.settle(runner.carry_out(Chunk(job_type, claims, runner.store)))
    return len(claims)


def _types_of(store: JobStore, ids: Iterable[str]) -> list[str]:
    found = [store._client.hget(keys.job(job_id), STORED["type"]) for job_id in ids]
    return list(dict.fromkeys(str(name) for name in found if name))
