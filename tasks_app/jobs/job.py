"""Job: its record, its states, and the options that a caller may give."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Any

from tasks_app.jobs.edits import edits_of
from tasks_app.jobs.record_values import data_of, kept_data, result_of
from tasks_app.state import STORED, named
from tasks_app.text import decoded, encoded


class State(StrEnum):
    """Where a job is."""  # docs/architecture.md draws the transitions; the script of each arrow checks the state first

    QUEUED = "queued"  # waits for a worker
    DELAYED = "delayed"  # waits for a time: a delay asked for, or the wait before a retry
    ACTIVE = "active"  # a worker has it, under a lease
    COMPLETE = "complete"  # done; its result says the outcome, which may be a refusal
    FAILED = "failed"  # no attempts are left, or the error is permanent
    CANCELLED = "cancelled"  # somebody cancelled it


FINAL = frozenset({State.COMPLETE, State.FAILED, State.CANCELLED})

PRIORITIES: Mapping[str, int] = {
    "low": 10,
    "normal": 0,
    "medium": -5,
    "high": -10,
    "critical": -15,
}  # Kue's names


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next attempt. Data, never code, which Kue would evaluate."""

    kind: str = "exponential"  # "fixed" | "exponential"
    delay_ms: int = 1_000
    max_ms: int = 600_000
    jitter: float | None = None  # the random share of the wait, 0..1; None = 0 if fixed, otherwise a half

    def to_json(self) -> str:
        """The form that attempts.lua reads."""
        usual = 0 if self.kind == "fixed" else 0.5
        return encoded([self.kind, self.delay_ms, self.max_ms, usual if self.jitter is None else self.jitter])

    @classmethod
    def parse(cls, text: str | None) -> "Backoff | None":
        """Reads what to_json wrote; None = there is none."""
        return cls(*decoded(text)) if text else None

    def longest_wait_ms(self, attempts_made: int) -> int:
        """The wait after so many failed attempts without jitter; attempts.lua calculates it in the same way."""
        wait = self.delay_ms * 2 ** min(attempts_made - 1, 40) if self.kind == "exponential" else self.delay_ms
        return min(wait, self.max_ms)


ATTEMPT, ATTEMPTS_KEPT = "try:", 10  # the fields of a record about failed attempts; attempts.lua writes them
DEDUP = "dedup"  # the fingerprint of jobs with a dedup_key: the same for the same recipient; refusing.lua knows it

LETTERS = b"abcdefghijklmnopqrstuvwxyz234567" * 8  # each byte gives one of 32 letters, by five of its bits


def fresh_id() -> str:
    """26 characters a-z2-7, 130 random bits: nobody can guess an id, and no two are the same."""
    return secrets.token_bytes(26).translate(LETTERS).decode()


OWNER_END = "\x1f"  # between the owner of a unique key and the key; no owner has it


@dataclass(frozen=True, slots=True)
class Unique:
    """
    Only one job of its type at a time holds this key. `lasting` says how long the first job holds it: while it is
    `queued` (or delayed, or waits for a retry), while it is `unfinished`, or for so many ms from its arrival.
    `on_conflict` says what happens to a job that comes meanwhile: `return`: the first stands for it; `replace`:
    likewise, and if the first still waits, it takes over what this job asks for; `refuse`: the whole request is
    refused. Keys of different owners (ApiKey.owner; "" = none) never meet: nobody replaces another's job.
    """

    key: str
    lasting: str | int = "unfinished"
    on_conflict: str = "return"
    owner: str = ""

    @property
    def stored(self) -> str:
        """The key as the state has it."""
        return f"{self.owner}{OWNER_END}{self.key}" if self.owner else self.key


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that a caller asks for. Only `type` and `data` are needed; the rest has Kue's defaults."""

    type: str
    data: Mapping[str, Any]
    id: str = field(default_factory=fresh_id)
    fingerprint: str = ""  # of the request's body, if it came with an Idempotency-Key; or DEDUP
    target: str = ""  # the show or product of the job: `show:<id>`, `product:<id>`
    batch: str = ""
    key: str = ""  # its owner, e.g. a tenant: the keys of a type take turns, and may have limits (type_rules.py)
    priority: int = 0  # lower runs first
    attempts: int = 1
    backoff: Backoff | None = None
    delay_ms: int = 0
    due_ms: int = 0  # a date instead of a delay, unix ms
    ttl_ms: int = 0  # longest time in `active` without progress; 0 = no limit
    title: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)  # the caller's own words about it; no handler needs them
    unique: Unique | None = None
    error: str = ""  # JSON; why the job failed before it started: it is recorded, but no worker gets it
    request: str = ""  # fingerprint of the whole request if the jobs have their own; kept with its batch
    replay_of: str = ""  # the complete job of which it is a copy

    def record(self) -> list[str]:
        """The first fields of the record, as stored, flat; values that are the default are left out to save memory."""
        fields = [_TYPE, self.type, _DATA, kept_data(self.data)]
        for name, value in zip(_PLAIN, _plain(self), strict=True):
            if value:
                fields += (name, str(value))
        if self.attempts != 1:
            fields += ("max", str(self.attempts))
        if self.backoff:
            fields += ("backoff", self.backoff.to_json())
        if self.metadata:
            fields += ("metadata", encoded(self.metadata))
        if self.unique:
            fields += ("unique", f"{self.unique.lasting}:{self.unique.stored}")
        return fields


# Fields that the record keeps as the caller gave them; and a function that reads their values, all at once.
_PLAIN = ("fp", STORED["target"], STORED["batch"], "key", "priority", "ttl", "title", "error", "replay_of")
_TYPE, _DATA = STORED["type"], STORED["data"]
_plain = attrgetter("fingerprint", "target", "batch", "key", "priority", "ttl_ms", "title", "error", "replay_of")


IN_DOUBT = "in_doubt"
WITHOUT_EFFECT = frozenset({"skipped", "sandboxed"})  # outcomes of attempts that did nothing to the outside world


LARGE_BYTES = 4_096  # of JSON; lists leave out what has more
_LARGE_FIELDS = ("data", "result", "progress_data", "edits")


@dataclass(frozen=True, slots=True)
class Job:
    """A job, read from its record. Times are unix ms of Redis' clock; None = not yet."""

    id: str
    type: str
    state: State
    data: dict[str, Any]
    result: Any
    error: dict[str, Any] | None
    doubt: bool  # did an attempt end so that nobody knows whether it had its effect?
    snoozed: str | None  # why its handler gave it back for later, while it waits
    progress: int
    progress_data: Any
    priority: int
    attempts: list[dict[str, Any]]  # the last ones, ended or running: started_ms, finished_ms, worker, error
    attempts_made: int
    attempts_max: int
    backoff: Backoff | None
    stalls: int
    ttl_ms: int
    target: str
    batch: str
    key: str
    unique: Unique | None  # without `on_conflict`, which is each newcomer's own
    title: str
    metadata: dict[str, Any]
    fingerprint: str
    worker: str
    created_ms: int
    due_ms: int | None
    started_ms: int | None
    finished_ms: int | None
    replay_of: str
    edits: list[dict[str, Any]]  # the last ones: edited_ms, by (ApiKey.owner), before (what it asked for before)
    waiting_for: dict[str, Any] | None = None  # why it does not run, if waits.py was asked
    large: Mapping[str, int] = field(default_factory=dict)  # which members are, and their bytes as stored

    @property
    def outcome(self) -> str | None:
        """
        How it ended, in a word; None if it has no outcome. `in_doubt` for a job that failed, or was skipped or
        sandboxed, though an earlier attempt may have had its effect: settling.lua and `attempt_failed` count it so.
        """
        word = self.result.get("outcome") if self.state is State.COMPLETE and isinstance(self.result, dict) else None
        return IN_DOUBT if self.doubt and (self.state is State.FAILED or word in WITHOUT_EFFECT) else word

    @classmethod
    def from_record(cls, job_id: str, stored: Mapping[str, str]) -> "Job":
        """Read what the scripts wrote. Attempts made = claims, less those written off."""
        record = named(stored)
        state = State(record["state"])
        if state is State.COMPLETE and "finished" in record:  # decide.lua: it started and ended at the same moment
            record.setdefault("started", record["finished"])
        return cls(
            id=job_id,
            type=record["type"],
            state=state,
            data=data_of(record["data"]),
            result=result_of(record.get("result")),
            error=None if state is State.COMPLETE else _parsed(record.get("error")),  # it is an earlier attempt's
            doubt="doubt" in record,
            snoozed=_parsed(record.get("snoozed")) if state in (State.DELAYED, State.QUEUED) else None,
            progress=100 if state is State.COMPLETE else int(record.get("progress", 0)),
            progress_data=_parsed(record.get("progress_data")),
            priority=int(record.get("priority", 0)),
            attempts=_attempts(state, record),
            attempts_made=int(record.get("claims", 0)) - int(record.get("off", 0)),
            attempts_max=int(record.get("max", 1)),
            backoff=Backoff.parse(record.get("backoff")),
            stalls=int(record.get("stalls", 0)),
            ttl_ms=int(record.get("ttl", 0)),
            target=record.get("target", ""),
            batch=record.get("batch", ""),
            key=record.get("key", ""),
            unique=_unique(record.get("unique")),
            title=record.get("title", ""),
            metadata=_parsed(record.get("metadata")) or {},
            fingerprint=record.get("fp", ""),
            worker=record.get("worker", ""),
            created_ms=int(record["created"]),
            due_ms=_number(record.get("due")),
            started_ms=_number(record.get("started")),
            finished_ms=_number(record.get("finished")),
            replay_of=record.get("replay_of", ""),
            edits=edits_of(record.get("edits")),
            large=_large(record),
        )


def _large(record: Mapping[str, str]) -> dict[str, int]:
    """The lengths that the record has anyway: nothing is encoded again for them."""
    found = {name: size for name in _LARGE_FIELDS if (size := len(record.get(name, ""))) > LARGE_BYTES}
    if any(name.startswith(ATTEMPT) for name in record):
        size = sum(len(noted) for name, noted in record.items() if name.startswith(ATTEMPT))
        if size > LARGE_BYTES:
            found["attempts"] = size
    return found


def _attempts(state: State, record: Mapping[str, str]) -> list[dict[str, Any]]:
    """Failed attempts, as attempts.lua noted them; then the one that runs or succeeded, from the record's fields."""
    numbers = sorted(int(name.removeprefix(ATTEMPT)) for name in record if name.startswith(ATTEMPT))
    attempts: list[dict[str, Any]] = []
    for number in numbers:
        noted = decoded(record[f"{ATTEMPT}{number}"])
        noted["error"] |= {"traceback": noted.pop("traceback")}
        attempts.append(noted)
    if state in (State.ACTIVE, State.COMPLETE):
        ended = record.get("finished") if state is State.COMPLETE else None
        started, worker = _number(record.get("started")), record.get("worker", "")
        attempts.append({"started_ms": started, "finished_ms": _number(ended), "worker": worker, "error": None})
    return attempts[-ATTEMPTS_KEPT:]


def _unique(text: str | None) -> Unique | None:
    if not text:
        return None
    lasting, _, stored = text.partition(":")
    owner, _, key = stored.rpartition(OWNER_END)
    return Unique(key, int(lasting) if lasting.isdecimal() else lasting, owner=owner)


def _parsed(text: str | None) -> Any:
    return None if text is None else decoded(text)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
