"""A reservation: its job's record and its hold, read together. Either may be missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import redis

from tasks_app.errors import UnknownJobError
from tasks_app.inventory import reservation_ids
from tasks_app.inventory.holds import Hold
from tasks_app.inventory.queries import InventoryQueries
from tasks_app.jobs import Job, JobQueries, State, messages

TYPES = frozenset({messages.RESERVE_SEAT, messages.RESERVE_STOCK, messages.RESERVE_TOGETHER})


@dataclass(frozen=True, slots=True)
class Reservation:
    """
    As long as the hold lives, it is the truth about the units; before that, or without a hold, the job is.

    `job` is None past its retention; `hold` is None before any units are taken, and past the retention of an ended
    hold. At least one of them is there. A reservation over several shows and products has `others`: each of them but
    `target`, and the hold there. Its holds change together; only who forgets or cancels one show ends one alone.
    """

    id: str
    target: str
    job: Job | None
    hold: Hold | None
    others: Mapping[str, Hold | None] = field(default_factory=dict)

    @property
    def targets(self) -> frozenset[str]:
        """Every show and product that it concerns."""
        return frozenset((self.target, *self.others))

    @property
    def state(self) -> str:
        if self.hold is not None:
            return self.hold.state
        if self._job.state is State.COMPLETE:
            return "refused" if self._job.result["outcome"] == "refused" else "forgotten"
        return str(self._job.state)

    @property
    def lines(self) -> list[dict[str, Any]]:
        if self.hold is None:
            return _wanted(self._job)
        if not self.others:
            return [line._asdict() for line in self.hold.lines]
        holds = {self.target: self.hold, **self.others}
        return [{"target": target, **line._asdict()} for target, hold in holds.items() if hold for line in hold.lines]

    @property
    def customer(self) -> str | None:
        return self.hold.customer if self.hold is not None else self._job.data.get("customer")

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The caller's own words. A worker of the release before leaves them out of the hold that it takes."""
        return (self.hold.metadata if self.hold else {}) or (self.job.metadata if self.job else {})

    @property
    def created_ms(self) -> int:
        """When it was made, unix ms: the hold may be older than the record, if a repeated request made a new record."""
        return min(moment for moment in (self.hold and self.hold.at_ms, self.job and self.job.created_ms) if moment)

    @property
    def finished_ms(self) -> int | None:
        return self.hold.finished_ms if self.hold is not None else self._job.finished_ms

    @property
    def is_replayed(self) -> bool:
        """Is the hold older than its record? Then the request was repeated after the first record was forgotten."""
        return self.hold is not None and self.job is not None and self.hold.at_ms < self.job.created_ms

    @property
    def _job(self) -> Job:
        assert self.job is not None
        return self.job


class Reservations:
    """Finds reservations on one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._jobs = JobQueries(client)
        self._inventories = InventoryQueries(client)

    def of_job(self, job: Job) -> Reservation:
        """The reservation that this job makes. Raises StateUnavailableError."""
        hold = self._inventories.hold(job.target, job.id)
        return Reservation(job.id, job.target, job, hold, self._holds(targets_of(job)[1:], job.id))

    def find(self, reservation_id: str) -> Reservation:
        """By its id, with or without the job's record. Raises UnknownJobError, StateUnavailableError."""
        try:
            job = self._jobs.read(reservation_id)
        except UnknownJobError:
            for target in reservation_ids.targets(self._client, reservation_id):
                if hold := self._inventories.hold(target, reservation_id):
                    others = self._holds(hold.others, reservation_id)
                    return Reservation(reservation_id, target, None, hold, others)
            job = None
        if job is None or job.type not in TYPES:
            raise UnknownJobError("There is no such reservation.")
        return self.of_job(job)

    def _holds(self, targets: Iterable[str], reservation_id: str) -> dict[str, Hold | None]:
        return {target: self._inventories.hold(target, reservation_id) for target in targets}


def targets_of(job: Job) -> list[str]:
    """The shows and products that a job is about: its target first, then the others of its reservation."""
    others = [part["target"] for part in job.data.get("parts", ())][1:] or job.data.get("others", ())
    return [job.target, *others]


def _wanted(job: Job) -> list[dict[str, Any]]:
    """The lines that a job asks for; `target` is in those of several shows and products."""
    parts = job.data.get("parts")
    if parts is None:
        return list(job.data["lines"])
    return [{"target": part["target"], **line} for part in parts for line in part["lines"]]
