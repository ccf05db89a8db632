"""MemoryIntake: does in memory what lua/jobs/submit.lua does. For simulations."""

from collections.abc import Sequence

from tasks_app.errors import NotUniqueError
from tasks_app.jobs import ATTEMPT, DEDUP, NewJob, Receipt, State, level_of
from tasks_app.places import LEVEL
from tasks_app.state import named
from tasks_app.text import decoded
from worker.testing.memory_records import MemoryRecords, Record, number
from worker.testing.memory_uniques import ASKED


class MemoryIntake:
    """Takes new jobs into these records."""

    def __init__(self, records: MemoryRecords) -> None:
        self._its = records
        self._taken: list[str] = []  # queued by this request; their keys are not in the ring yet

    def submit(self, jobs: Sequence[NewJob]) -> list[Receipt]:
        """
        submit.lua. Raises NotUniqueError, and then takes nothing; also if an earlier job in `jobs` has the key, since a
        simulation hands over together what was saved one by one.
        """
        self._its.backlog.new_script()
        before: dict[tuple[str, str], str] = {}  # type and unique key -> the first job that asks for it
        for place, job in enumerate(jobs):
            if not job.unique or job.id in self._its.records:
                continue
            name = job.type, job.unique.key
            other = self._its.uniques.holder(*name, self._its.now_ms) or before.setdefault(name, job.id)
            if job.unique.on_conflict == "refuse" and other != job.id:
                raise NotUniqueError(job=other, place=place)
        receipts = [self._take(job) for job in jobs]
        self._write_taken()
        return receipts

    def _write_taken(self) -> None:
        """`write_taken` in taking.lua: keys enter the ring once all jobs have places, and only for jobs queued now."""
        for job_id in self._taken:
            record = self._its.records[job_id]
            self._its.stand(record["type"], record.get("key", ""), self._its.backlog.places.get(job_id))
        self._taken = []

    def _take(self, job: NewJob) -> Receipt:
        """`take` in taking.lua."""
        known = self._its.records.get(job.id, {}) if job.fingerprint else {}
        if known and not _unsent(known, job):
            return Receipt(job.id, False)
        due = max(job.due_ms, self._its.now_ms + job.delay_ms)
        if job.unique and (joined := self._its.uniques.met(job) or self._join(job, due)):
            return joined
        self._its.logs.pop(job.id, None)
        later = due > self._its.now_ms
        record = _fields(job) | {"created": str(self._its.now_ms)}
        if "claims" in known:
            record |= {"claims": known["claims"], "off": known["claims"]}
        record["state"] = State.DELAYED if later else State.QUEUED
        self._its.records[job.id] = record
        if later:
            record["due"] = str(due)
            self._its.scores[job.id] = due
            self._its.tell("delayed", job.id, {"due_ms": due})
        else:
            self._its.backlog.enter(job.id, self._its.place(record))
            self._taken.append(job.id)
            self._its.tell("queued", job.id)
        if job.unique:
            self._its.uniques.take(job.id, job, self._its.now_ms)
        return Receipt(job.id, True)

    def _join(self, job: NewJob, due: int) -> Receipt | None:
        """`join` in taking.lua."""
        assert job.unique
        other = self._its.uniques.holder(job.type, job.unique.key, self._its.now_ms)
        if other in ("", job.id):
            return None
        waits = self._its.records[other]["state"] in (State.QUEUED, State.DELAYED)
        replaces = job.unique.on_conflict == "replace" and waits
        if replaces:
            self._replace(other, job, due)
        receipt = Receipt(other, True, "replaced" if replaces else "returned")
        self._its.uniques.note_met(job, receipt)
        return receipt

    def _replace(self, job_id: str, job: NewJob, due: int) -> None:
        """`replace` in taking.lua."""
        self._write_taken()  # it may be among them
        record, score = self._its.records[job_id], int(self._its.scores[job_id])
        was_queued = record["state"] == State.QUEUED
        self._its.backlog.places.pop(job_id, None)
        self._its.stand(job.type, record.get("key", ""))
        gone = (*ASKED, "due", "snoozed", "error", "progress", "progress_data", "ends", "stalls")
        for name in [name for name in record if name in gone or name.startswith(ATTEMPT)]:
            del record[name]
        if "claims" in record:
            record["off"] = record["claims"]
        record |= {name: value for name, value in _fields(job).items() if name in ASKED}
        if due > self._its.now_ms:
            record |= {"state": State.DELAYED, "due": str(due)}
            self._its.scores[job_id] = due
        else:
            record["state"] = State.QUEUED
            level = level_of(number(record, "priority"))
            self._its.backlog.enter(job_id, level * LEVEL + score % LEVEL if was_queued else self._its.place(record))
            self._its.stand(job.type, record.get("key", ""), self._its.backlog.places.get(job_id))
        self._its.uniques.take(job_id, job, self._its.now_ms)
        self._its.tell(record["state"], job_id, {"due_ms": due} if due > self._its.now_ms else None)


def _unsent(known: Record, job: NewJob) -> bool:
    """`unsent` in refusing.lua."""
    if job.fingerprint != DEDUP or (job.batch and job.batch == known.get("batch")) or known.keys() & {"begun", "doubt"}:
        return False
    suppressed = known["state"] == State.FAILED and decoded(known["error"])["code"] == "suppressed"
    return known["state"] == State.CANCELLED or suppressed


def _fields(job: NewJob) -> Record:
    fields = job.record()
    return named(dict(zip(fields[::2], fields[1::2], strict=True)))
