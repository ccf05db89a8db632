"""MemoryStore: what the job scripts do, done in memory with a clock that only its owner moves. For rehearsals.

A port of the scripts, record for record, and event for event of each job;
tests/integration/test_rehearsal_parity.py does the same things to both and compares. It has no gates, no limits, no
processors, and no chance (a wait before a retry is the longest one).
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tasks_app.encoding import decoded, encoded
from tasks_app.errors import IllegalTransitionError, NotUniqueError
from tasks_app.events import Event
from tasks_app.intake import Receipt
from tasks_app.jobs import ATTEMPT, ATTEMPTS_KEPT, DEDUP, FINAL, FOLLOWS, Backoff, NewJob, State
from tasks_app.messages import level_of
from tasks_app.settings import Settings, settings
from worker.job_store import LINE_CHARACTERS, Claim, Settlement, limited
from worker.memory_uniques import ASKED, MemoryUniques

Record = dict[str, str]
LOG_LINES = 100
TTL_EXCEEDED = '{"code":"ttl_exceeded","message":"TTL exceeded"}'
TIME_LIMIT = '{"code":"time_limit","message":"It took longer than its time limit"}'
LEVEL, SINCE_MS = 2**50, 1_735_689_600_000  # of a place in line, as line.lua has them
KEYED = 6 * LEVEL
POISON = '{"code":"poison","message":"Its worker died or went silent too often"}'


class MemoryStore:
    """
    JobStore's methods, with those of intake and controls that write records.

    Attributes: now_ms (unix ms), records, scores (of each job in its one index, tasks_app/keys.py), logs, events.
    """

    def __init__(self, options: Settings = settings) -> None:
        self.now_ms = int(time.time() * 1000)
        self.records: dict[str, Record] = {}
        self.scores: dict[str, float] = {}
        self.logs: dict[str, list[str]] = {}
        self.events: list[Event] = []
        self._places_of: dict[str, int] = {}  # queued job with a key -> its place in the line of the key
        self._turns: dict[tuple[str, str], int] = {}  # type and key -> when it is its turn; the ring of line.lua
        self._lease_ms = int(options.lease_seconds * 1000)
        self._places = 0  # given by the method that runs, as a script counts them
        self._stall_limit = options.stall_limit
        self._uniques = MemoryUniques()

    def submit(self, jobs: Sequence[NewJob]) -> list[Receipt]:
        """
        submit.lua. Raises NotUniqueError, and then nothing was taken; also for a job beside an earlier one of `jobs`,
        since a rehearsal hands over what was saved one by one.
        """
        self._places = 0
        before: dict[tuple[str, str], str] = {}  # type and unique key -> the first job that asks for it
        for place, job in enumerate(jobs):
            if not job.unique or job.id in self.records:
                continue
            name = job.type, job.unique.key
            other = self._uniques.holder(*name, self.now_ms) or before.setdefault(name, job.id)
            if job.unique.on_conflict == "refuse" and other != job.id:
                raise NotUniqueError(job=other, place=place)
        receipts = [self._take(job) for job in jobs]
        for job in jobs:  # once all have their places, as submit.lua does it
            self._stand(job.type, job.key, self._places_of.get(job.id))
        return receipts

    def _take(self, job: NewJob) -> Receipt:
        """`take` in taking.lua."""
        known = self.records.get(job.id, {}) if job.fingerprint else {}
        if known and not _unsent(known, job):
            return Receipt(job.id, False)
        due = max(job.due_ms, self.now_ms + job.delay_ms)
        if job.unique and (joined := self._uniques.met(job) or self._join(job, due)):
            return joined
        self.logs.pop(job.id, None)
        later = due > self.now_ms
        record = _fields(job) | {"created": str(self.now_ms)}
        if "claims" in known:
            record |= {"claims": known["claims"], "off": known["claims"]}
        record["state"] = State.DELAYED if later else State.QUEUED
        self.records[job.id] = record
        if later:
            record["due"] = str(due)
            self.scores[job.id] = due
            self._tell("delayed", job.id, {"due_ms": due})
        else:
            self._enter(job.id, self._place(record))
            self._tell("queued", job.id)
        if job.unique:
            self._uniques.hold(job.id, job, self.now_ms)
        return Receipt(job.id, True)

    def _join(self, job: NewJob, due: int) -> Receipt | None:
        """`join` in taking.lua."""
        assert job.unique
        other = self._uniques.holder(job.type, job.unique.key, self.now_ms)
        if other in ("", job.id):
            return None
        waits = self.records[other]["state"] in (State.QUEUED, State.DELAYED)
        replaces = job.unique.on_conflict == "replace" and waits
        if replaces:
            self._replace(other, job, due)
        receipt = Receipt(other, True, "replaced" if replaces else "returned")
        self._uniques.note_met(job, receipt)
        return receipt

    def _replace(self, job_id: str, job: NewJob, due: int) -> None:
        """`replace` in taking.lua."""
        record, score = self.records[job_id], int(self.scores[job_id])
        was_queued, old_key = record["state"] == State.QUEUED, record.get("key", "")
        self._places_of.pop(job_id, None)
        gone = (*ASKED, "due", "deferred", "error", "progress", "progress_data", "ends", "stalls")
        for name in [name for name in record if name in gone or name.startswith(ATTEMPT)]:
            del record[name]
        if "claims" in record:
            record["off"] = record["claims"]
        record |= {name: value for name, value in _fields(job).items() if name in ASKED}
        if due > self.now_ms:
            record |= {"state": State.DELAYED, "due": str(due)}
            self.scores[job_id] = due
        else:
            record["state"] = State.QUEUED
            level = level_of(_number(record, "priority"))
            self._enter(job_id, level * LEVEL + score % LEVEL if was_queued else self._place(record))
        for key in {old_key, record.get("key", "")}:
            self._stand(job.type, key, self._places_of.get(job_id))
        self._uniques.hold(job_id, job, self.now_ms)
        self._tell(record["state"], job_id, {"due_ms": due} if due > self.now_ms else None)

    def in_line(self, job_type: str = "") -> list[str]:
        """
        The queued jobs of one type or all, the next one first: those without a key and the first of each key by their
        turns, then the other jobs of keys.
        """
        some = [job_id for job_id, record in self.records.items() if record["state"] == State.QUEUED]
        of_type = [job_id for job_id in some if job_type in ("", self.records[job_id]["type"])]
        # Among equals, as sorted sets have it: jobs without a key by their ids, then keys by their names.
        turns = {job_id: (self._turns[group], 1, group[1]) for group, (_, job_id) in self._first_of_keys().items()}
        return sorted(of_type, key=lambda job_id: turns.get(job_id, (self.scores[job_id], 0, job_id)))

    def _first_of_keys(self) -> dict[tuple[str, str], tuple[int, str]]:
        """Type and key -> place and id of the first in the line of the key."""
        firsts: dict[tuple[str, str], tuple[int, str]] = {}
        for job_id, place in self._places_of.items():
            group = self.records[job_id]["type"], self.records[job_id]["key"]
            firsts[group] = min(firsts.get(group, (place, job_id)), (place, job_id))
        return firsts

    def claim(self, job_type: str, worker: str, most: int = 1, limit_ms: int = 0, only: str = "") -> list[Claim]:
        """turn.lua without settlements; `only`: of what is in line this job alone."""
        claimed: list[Claim] = []
        self._places = 0
        while len(claimed) < most:
            job_id = next((one for one in self.in_line(job_type) if only in ("", one)), "")
            if not job_id:
                break
            record, place = self.records[job_id], self._places_of.get(job_id, self.scores[job_id])
            before = _number(record, "claims")
            fence, deadline = before + 1, self.now_ms + self._lease_ms
            record |= {"claims": str(fence), "started": str(self.now_ms), "worker": worker}
            record.pop("deferred", None)
            if "ttl" in record:
                ends = self.now_ms + _number(record, "ttl")
                record["ends"] = str(ends)
                deadline = min(deadline, ends)
            record.pop("limit", None)
            if limit_ms:
                record["limit"] = str(self.now_ms + limit_ms)
                deadline = min(deadline, self.now_ms + limit_ms)
            self._turns.pop((record["type"], record.get("key", "")), None)
            self._move(job_id, State.ACTIVE, deadline)
            self._tell("active", job_id)
            made, allowed = before - _number(record, "off"), _number(record, "max", 1)
            data, target, batch = decoded(record["data"]), record.get("target", ""), record.get("batch", "")
            begun, title = "begun" in record, record.get("title", "")
            rest = target, batch, made, allowed, title, deadline, begun, str(int(place))
            claimed.append(Claim(job_id, fence, data, *rest))
        return claimed

    def settle(self, settlements: Sequence[Settlement]) -> list[bool]:
        """settle.lua."""
        self._places = 0
        return [self._settle(one) for one in settlements]

    def begin(self, claims: Sequence[Claim]) -> list[bool]:
        """begin.lua."""
        for claim in claims:
            if self._ours(claim):
                self.records[claim.id]["begun"] = "1"
        return [self._ours(claim) for claim in claims]

    def progress(self, reports: Sequence[tuple[Claim, int, Any]]) -> list[bool]:
        """progress.lua."""
        told = [(claim, percent, limited(data)) for claim, percent, data in reports]
        return [self._progress(*one) for one in told]

    def _progress(self, claim: Claim, percent: int, told: str) -> bool:
        if not self._ours(claim):
            return False
        record = self.records[claim.id]
        record |= {"progress": str(percent), "progress_data": told}
        if "ttl" in record:
            record["ends"] = str(self.now_ms + _number(record, "ttl"))
        self.scores[claim.id] = self._heard_by(record)
        self._tell("progress", claim.id, {"progress": percent, "progress_data": decoded(told)})
        return True

    def log(self, claim: Claim, line: str) -> bool:
        """log.lua."""
        if not self._ours(claim):
            return False
        line = line[:LINE_CHARACTERS]
        self.logs[claim.id] = [*self.logs.get(claim.id, []), line][-LOG_LINES:]
        self._tell("logged", claim.id, {"line": line})
        return True

    def renew(self, claims: Iterable[Claim]) -> set[str]:
        """renew.lua."""
        lost = set()
        for claim in claims:
            if self._ours(claim):
                self.scores[claim.id] = self._heard_by(self.records[claim.id])
            else:
                lost.add(claim.id)
        return lost

    def promote(self, types: Sequence[str]) -> int:
        """promote.lua."""
        self._places = 0
        due = self._due(types, State.DELAYED)
        for job_id in due:
            self._move(job_id, State.QUEUED, self._place(self.records[job_id]))
            self._tell("queued", job_id)
        return len(due)

    def recover(self, types: Sequence[str]) -> int:
        """recover.lua."""
        self._places = queued = 0
        for job_id in self._due(types, State.ACTIVE):
            record = self.records[job_id]
            stalls = _number(record, "stalls")
            if "begun" in record:
                record["doubt"] = "1"
            if 0 < _number(record, "ends") <= self.now_ms:
                self._attempt_failed(job_id, TTL_EXCEEDED, False)
            elif 0 < _number(record, "limit") <= self.now_ms:
                self._attempt_failed(job_id, TIME_LIMIT, False)
            elif stalls >= self._stall_limit:
                self._attempt_failed(job_id, POISON, True)
            else:
                record |= {"stalls": str(stalls + 1), "off": str(_number(record, "off") + 1)}
                self._move(job_id, State.QUEUED, self._place(record, int(record["created"])))
                self._tell("stalled", job_id, {"stalls": stalls + 1})
                queued += 1
        return queued

    def cancel(self, job_id: str) -> None:
        """cancel.lua. Raises IllegalTransitionError."""
        record = self.records[job_id]
        state = State(record["state"])
        if state is State.CANCELLED:
            return
        if state in FINAL or ("target" in record and "claims" in record):
            raise IllegalTransitionError(f"The job is {state}, so this cannot be done.", job=job_id, state=state)
        record["finished"] = str(self.now_ms)
        self._move(job_id, State.CANCELLED, self.now_ms)
        self._tell("cancelled", job_id)

    def replay(self, job_id: str) -> None:
        """replay.lua. Raises IllegalTransitionError."""
        record = self.records[job_id]
        self._places = 0
        self._move(job_id, State.QUEUED, self._place(record), only_from=State.FAILED)
        record["off"] = record.get("claims", "0")
        attempts = [name for name in record if name.startswith(ATTEMPT)]
        for name in ("error", "finished", "progress", "progress_data", "ends", "stalls", *attempts):
            record.pop(name, None)
        self._tell("replayed", job_id)

    def _settle(self, one: Settlement) -> bool:
        job_id = one.claim.id
        if not self._ours(one.claim):
            return False
        record = self.records[job_id]
        record.pop("limit", None)
        if one.verdict == "complete":
            record |= {"result": one.payload, "finished": str(self.now_ms)}
            self._move(job_id, State.COMPLETE, self.now_ms)
            self._tell("complete", job_id, decoded(one.payload) if len(one.payload) <= 4096 else {"large": True})
        elif one.verdict == "returned":
            record["off"] = str(_number(record, "off") + 1)
            self._move(job_id, State.QUEUED, int(one.payload))
            group = record["type"], record.get("key", "")
            if group in self._turns:
                self._turns[group] = min(self._turns[group], int(one.payload))
            self._tell("queued", job_id)
        elif one.verdict in ("deferred", "interrupted"):
            due = self.now_ms + (one.wait_ms or 0)
            record |= {"off": str(_number(record, "off") + 1), "due": str(due), "deferred": one.payload}
            if one.verdict == "deferred":
                record.pop("begun", None)
            elif "begun" in record:
                record["doubt"] = "1"
            self._move(job_id, State.DELAYED, due)
            self._tell("deferred", job_id, {"due_ms": due, "deferred": decoded(one.payload)})
        else:
            record.pop("begun", None)
            if one.outcome == "in_doubt":
                record["doubt"] = "1"
            self._attempt_failed(job_id, one.payload, one.verdict == "permanent", one.wait_ms, one.traceback)
        return True

    def _attempt_failed(
        self, job_id: str, error: str, permanent: bool, wait_ms: int | None = None, trace: str = ""
    ) -> None:
        """attempt_failed in prelude.lua."""
        record = self.records[job_id]
        made = _number(record, "claims") - _number(record, "off")
        began, worker = record.get("started", "null"), encoded(record.get("worker", ""))
        record[f"try:{made}"] = (
            f'{{"started_ms":{began},"finished_ms":{self.now_ms},"worker":{worker},'
            f'"error":{error},"traceback":{trace or "null"}}}'
        )
        record.pop(f"try:{made - ATTEMPTS_KEPT}", None)
        record["error"] = error
        if permanent or made >= _number(record, "max", 1):
            record["finished"] = str(self.now_ms)
            self._move(job_id, State.FAILED, self.now_ms)
            self._tell("failed", job_id, decoded(error) | ({"in_doubt": True} if "doubt" in record else {}))
            return
        own_ms = Backoff(*decoded(record["backoff"])).longest_wait_ms(made) if "backoff" in record else 0
        due = self.now_ms + max(wait_ms or 0, own_ms)
        record["due"] = str(due)
        self._move(job_id, State.DELAYED, due)
        self._tell("retrying", job_id, {"due_ms": due, "attempts_made": made, "error": decoded(error)})

    def _move(self, job_id: str, to: State, score: int, only_from: State | None = None) -> None:
        state = State(self.records[job_id]["state"])
        if to not in FOLLOWS[state] or (only_from and state is not only_from):
            raise IllegalTransitionError(f"The job is {state}, so this cannot be done.", job=job_id, state=state)
        record = self.records[job_id]
        record["state"] = to
        self._places_of.pop(job_id, None)
        if to is State.QUEUED:
            self._enter(job_id, score)
        else:
            self.scores[job_id] = score
        self._stand(record["type"], record.get("key", ""), score if to is State.QUEUED else None)
        self._uniques.keep(job_id, record, to, self.now_ms)

    def _enter(self, job_id: str, score: int) -> None:
        """`enter` in line.lua; _stand follows."""
        keyed = "key" in self.records[job_id]
        self.scores[job_id] = KEYED + score % LEVEL if keyed else score
        if keyed:
            self._places_of[job_id] = score

    def _stand(self, job_type: str, key: str, score: int | None = None) -> None:
        """`stand` in line.lua."""
        if not key:
            return
        first, turn = self._first_of_keys().get((job_type, key)), self._turns.get((job_type, key))
        if not first:
            self._turns.pop((job_type, key), None)
            return
        level = first[0] // LEVEL
        if turn is None and score is not None:
            since = score % LEVEL
        elif turn is None:
            self._places += 1
            since = self._since_us(self.now_ms) + self._places
        else:
            since = turn % LEVEL  # it keeps its turn
        self._turns[job_type, key] = level * LEVEL + since

    def _due(self, types: Sequence[str], state: State) -> list[str]:
        """In a sorted set's order: by score, then by id; type after type."""
        found = []
        for job_type in types:
            some = [job_id for job_id, r in self.records.items() if (r["type"], r["state"]) == (job_type, state)]
            found += sorted((self.scores[job_id], job_id) for job_id in some if self.scores[job_id] <= self.now_ms)
        return [job_id for _, job_id in found]

    def _ours(self, claim: Claim) -> bool:
        record = self.records.get(claim.id, {})
        return record.get("state") == State.ACTIVE and _number(record, "claims") == claim.fence

    def _heard_by(self, record: Record) -> int:
        ends = [int(record[name]) for name in ("ends", "limit") if name in record]
        return min([self.now_ms + self._lease_ms, *ends])

    def _place(self, record: Record, at_ms: int | None = None) -> int:
        """`place` in line.lua."""
        self._places += 1
        us = self._since_us(self.now_ms if at_ms is None else at_ms)
        return level_of(_number(record, "priority")) * LEVEL + us + self._places

    def _since_us(self, at_ms: int) -> int:
        return max((at_ms - SINCE_MS) * 1000, 0)

    def _tell(self, event: str, job_id: str, data: Any = None) -> None:
        record = self.records[job_id]
        entry_id = f"{self.now_ms}-{len(self.events)}"
        told = {} if data is None and event != "complete" else data
        self.events.append(Event(entry_id, event, job_id, record["type"], record.get("batch", ""), told))


def _unsent(known: Record, job: NewJob) -> bool:
    """unsent in submit.lua."""
    if job.fingerprint != DEDUP or (job.batch and job.batch == known.get("batch")) or known.keys() & {"begun", "doubt"}:
        return False
    suppressed = known["state"] == State.FAILED and decoded(known["error"])["code"] == "suppressed"
    return known["state"] == State.CANCELLED or suppressed


def _fields(job: NewJob) -> Record:
    fields = job.record()
    return dict(zip(fields[::2], fields[1::2], strict=True))


def _number(record: Mapping[str, str], name: str, default: int = 0) -> int:
    return int(record.get(name, default))
