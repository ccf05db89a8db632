"""MemoryStore: does in memory what the job scripts do, with a clock that only its owner moves. For simulations.

A port of the scripts, record for record, and event for event of each job;
tests/integration/test_simulation_parity.py does the same to both and compares. It has no pauses, limits or processors,
and nothing random (a wait before a retry is the longest possible).
"""

from collections.abc import Iterable, Sequence
from typing import assert_never

from tasks_app.configuration import Settings
from tasks_app.errors import IllegalTransitionError
from tasks_app.jobs import ATTEMPT, ATTEMPTS_KEPT, FINAL, Backoff, NewJob, Receipt, State, data_of, kept_result
from tasks_app.text import Json, decoded, encoded
from worker.jobs import LOG_LINE_CHARACTERS, Claim, Settlement, limited
from worker.testing.memory_intake import MemoryIntake
from worker.testing.memory_records import MemoryRecords, Record, number

LOG_LINES = 100
TTL_EXCEEDED = '{"code":"ttl_exceeded","message":"TTL exceeded"}'
TIME_LIMIT = '{"code":"time_limit","message":"It took longer than its time limit"}'
POISON = '{"code":"poison","message":"Its worker died or went silent too often"}'


class MemoryStore(MemoryRecords):
    """JobStore's methods, and the methods of intake and controls that write records."""

    def __init__(self, options: Settings) -> None:
        super().__init__()
        self._intake = MemoryIntake(self)
        self._lease_ms = int(options.lease_seconds * 1000)
        self._stall_limit = options.stall_limit

    def submit(self, jobs: Sequence[NewJob]) -> list[Receipt]:
        """submit.lua. Raises NotUniqueError, as MemoryIntake does."""
        return self._intake.submit(jobs)

    def in_order(self, job_type: str = "") -> list[str]:
        """The queued jobs of one type or all, the next first."""
        return self.backlog.in_order(job_type)

    def claim(self, job_type: str, worker: str, most: int = 1, limit_ms: int = 0, only: str = "") -> list[Claim]:
        """turn.lua without settlements; `only`: claim only this job."""
        claimed: list[Claim] = []
        self.backlog.new_script()
        while len(claimed) < most:
            job_id = next((one for one in self.in_order(job_type) if only in ("", one)), "")
            if not job_id:
                break
            record, place = self.records[job_id], self.backlog.places.get(job_id, self.scores[job_id])
            before = number(record, "claims")
            fence, deadline = before + 1, self.now_ms + self._lease_ms
            record |= {"claims": str(fence), "started": str(self.now_ms), "worker": worker}
            record.pop("snoozed", None)
            if "ttl" in record:
                ends = self.now_ms + number(record, "ttl")
                record["ends"] = str(ends)
                deadline = min(deadline, ends)
            record.pop("limit", None)
            if limit_ms:
                record["limit"] = str(self.now_ms + limit_ms)
                deadline = min(deadline, self.now_ms + limit_ms)
            self.backlog.take_turn(record["type"], record.get("key", ""))
            self.move(job_id, State.ACTIVE, deadline)
            self.tell("active", job_id)
            made, allowed = before - number(record, "off"), number(record, "max", 1)
            data, target, batch = data_of(record["data"]), record.get("target", ""), record.get("batch", "")
            begun, title = "begun" in record, record.get("title", "")
            rest = target, batch, made, allowed, title, deadline, begun, str(int(place)), "", record.get("metadata", "")
            claimed.append(Claim(job_id, fence, data, *rest))
        return claimed

    def settle(self, settlements: Sequence[Settlement]) -> list[bool]:
        """settle.lua."""
        self.backlog.new_script()
        return [self._settle(one) for one in settlements]

    def begin(self, claims: Sequence[Claim]) -> list[bool]:
        """begin.lua."""
        for claim in claims:
            if self._ours(claim):
                self.records[claim.id]["begun"] = "1"
        return [self._ours(claim) for claim in claims]

    def progress(self, reports: Sequence[tuple[Claim, int, Json]]) -> list[bool]:
        """progress.lua."""
        told = [(claim, percent, limited(data)) for claim, percent, data in reports]
        return [self._progress(*one) for one in told]

    def _progress(self, claim: Claim, percent: int, told: str) -> bool:
        if not self._ours(claim):
            return False
        record = self.records[claim.id]
        record |= {"progress": str(percent), "progress_data": told}
        if "ttl" in record:
            record["ends"] = str(self.now_ms + number(record, "ttl"))
        self.scores[claim.id] = self._heard_by(record)
        self.tell("progress", claim.id, {"progress": percent, "progress_data": decoded(told)})
        return True

    def log(self, claim: Claim, line: str) -> bool:
        """log.lua."""
        if not self._ours(claim):
            return False
        line = line[:LOG_LINE_CHARACTERS]
        self.logs[claim.id] = [*self.logs.get(claim.id, []), line][-LOG_LINES:]
        self.tell("logged", claim.id, {"line": line})
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
        self.backlog.new_script()
        due = self._due(types, State.DELAYED)
        for job_id in due:
            self.move(job_id, State.QUEUED, self.place(self.records[job_id]))
            self.tell("queued", job_id)
        return len(due)

    def recover(self, types: Sequence[str]) -> int:
        """recover.lua."""
        self.backlog.new_script()
        queued = 0
        for job_id in self._due(types, State.ACTIVE):
            record = self.records[job_id]
            stalls = number(record, "stalls")
            if "begun" in record:
                record["doubt"] = "1"
            if 0 < number(record, "ends") <= self.now_ms:
                self._attempt_failed(job_id, TTL_EXCEEDED, False)
            elif 0 < number(record, "limit") <= self.now_ms:
                self._attempt_failed(job_id, TIME_LIMIT, False)
            elif stalls >= self._stall_limit:
                self._attempt_failed(job_id, POISON, True)
            else:
                record |= {"stalls": str(stalls + 1), "off": str(number(record, "off") + 1)}
                self.move(job_id, State.QUEUED, self.place(record, int(record["created"])))
                self.tell("stalled", job_id, {"stalls": stalls + 1})
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
        self.move(job_id, State.CANCELLED, self.now_ms)
        self.tell("cancelled", job_id)

    def replay(self, job_id: str) -> None:
        """replay.lua. Raises IllegalTransitionError."""
        record = self.records[job_id]
        self.backlog.new_script()
        once = (State.FAILED,) if "target" in record else (State.FAILED, State.CANCELLED)
        self.move(job_id, State.QUEUED, self.place(record), only_from=once)
        record["off"] = record.get("claims", "0")
        attempts = [name for name in record if name.startswith(ATTEMPT)]
        for name in ("error", "finished", "progress", "progress_data", "ends", "stalls", *attempts):
            record.pop(name, None)
        self.tell("replayed", job_id)

    def _settle(self, one: Settlement) -> bool:
        job_id = one.claim.id
        if not self._ours(one.claim):
            return False
        record = self.records[job_id]
        record.pop("limit", None)
        match one.verdict:
            case "complete":
                kept = kept_result(one.payload)
                record |= {"finished": str(self.now_ms)} | ({"result": kept} if kept else {})
                self.move(job_id, State.COMPLETE, self.now_ms)
                self.tell("complete", job_id, decoded(one.payload) if len(one.payload) <= 4096 else {"large": True})
            case "returned":
                record["off"] = str(number(record, "off") + 1)
                self.move(job_id, State.QUEUED, int(one.payload))
                self.backlog.advance(record["type"], record.get("key", ""), int(one.payload))
                self.tell("queued", job_id)
            case "snoozed" | "interrupted":
                due = self.now_ms + (one.wait_ms or 0)
                record |= {"off": str(number(record, "off") + 1), "due": str(due), "snoozed": one.payload}
                if one.verdict == "snoozed":
                    record.pop("begun", None)
                elif "begun" in record:
                    record["doubt"] = "1"
                self.move(job_id, State.DELAYED, due)
                self.tell("snoozed", job_id, {"due_ms": due, "snoozed": decoded(one.payload)})
            case "error" | "permanent":
                record.pop("begun", None)
                if one.outcome == "in_doubt":
                    record["doubt"] = "1"
                self._attempt_failed(job_id, one.payload, one.verdict == "permanent", one.wait_ms, one.traceback)
            case _:
                assert_never(one.verdict)
        return True

    def _attempt_failed(
        self, job_id: str, error: str, permanent: bool, wait_ms: int | None = None, trace: str = ""
    ) -> None:
        """attempt_failed in attempts.lua."""
        record = self.records[job_id]
        made = number(record, "claims") - number(record, "off")
        started, worker = record.get("started", "null"), encoded(record.get("worker", ""))
        record[f"try:{made}"] = (
            f'{{"started_ms":{started},"finished_ms":{self.now_ms},"worker":{worker},'
            f'"error":{error},"traceback":{trace or "null"}}}'
        )
        record.pop(f"try:{made - ATTEMPTS_KEPT}", None)
        record["error"] = error
        if permanent or made >= number(record, "max", 1):
            record["finished"] = str(self.now_ms)
            self.move(job_id, State.FAILED, self.now_ms)
            self.tell("failed", job_id, decoded(error) | ({"in_doubt": True} if "doubt" in record else {}))
            return
        own_ms = Backoff(*decoded(record["backoff"])).longest_wait_ms(made) if "backoff" in record else 0
        due = self.now_ms + max(wait_ms or 0, own_ms)
        record["due"] = str(due)
        self.move(job_id, State.DELAYED, due)
        self.tell("retrying", job_id, {"due_ms": due, "attempts_made": made, "error": decoded(error)})

    def _due(self, types: Sequence[str], state: State) -> list[str]:
        """The due jobs in a sorted set's order: by score, then by id; type after type."""
        found = []
        for job_type in types:
            some = [job_id for job_id, r in self.records.items() if (r["type"], r["state"]) == (job_type, state)]
            found += sorted((self.scores[job_id], job_id) for job_id in some if self.scores[job_id] <= self.now_ms)
        return [job_id for _, job_id in found]

    def _ours(self, claim: Claim) -> bool:
        record = self.records.get(claim.id, {})
        return record.get("state") == State.ACTIVE and number(record, "claims") == claim.fence

    def _heard_by(self, record: Record) -> int:
        ends = [int(record[name]) for name in ("ends", "limit") if name in record]
        return min([self.now_ms + self._lease_ms, *ends])
