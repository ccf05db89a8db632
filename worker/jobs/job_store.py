"""The job scripts as typed methods: turns, settlements, heartbeats, and maintenance."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import redis

from tasks_app.configuration import Settings
from tasks_app.jobs import Wake, data_of
from tasks_app.lua import job_script
from tasks_app.state import connections, keys, worker_keys
from tasks_app.text import Json, JsonObject, encoded, encoded_leniently
from worker.jobs.slots import Doing

SETTLING = "settling"  # a part of the scripts that settle
PARTS = {"turn": ("slot", SETTLING), "settle": (SETTLING,)}
SCRIPTS = (
    *("attend", "turn", "begin", "settle", "progress", "log", "renew"),
    *("announce", "depart", "wake", "promote", "recover", "reinstate", "forget"),
)
PROGRESS_BYTES = 16_384
LOG_LINE_CHARACTERS = 2_000
UNREADABLE = '{"code":"permanent","message":"Its data is not JSON"}'
PER_TICK = 1_000  # jobs of one type that one script of maintenance handles; about 10 ms of the server's time

_WakeRow: TypeAlias = tuple[str, int, str]
_ClaimRow: TypeAlias = tuple[str, str, str, str, str, int, int, str, str, str, str, str, str]  # of turn.lua
Verdict = Literal["complete", "error", "permanent", "snoozed", "interrupted", "returned"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is this worker's until its lease runs out. `fence` proves it."""

    id: str
    fence: int
    data: JsonObject
    target: str
    batch: str
    attempts_made: int  # before this one
    attempts_max: int
    title: str
    deadline_ms: int = 0  # when the first of its lease, ttl and time limit ends; then another worker may have the job
    interrupted: bool = False  # an earlier attempt began its effect and never said how it ended
    place: str = ""  # its score in the backlog, for giving it back
    trace: str = ""  # what is carried of the span that submitted it
    metadata: str = ""  # the text of a JSON object; "" = none


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one claim ended. The payload is the result, or the error as {"code", "message"}, in JSON."""

    claim: Claim
    verdict: Verdict
    payload: str = "null"  # JSON
    wait_ms: int | None = None  # least wait before the next attempt; its own backoff may be longer. Required to snooze
    outcome: str = ""  # for a complete job, the word by which its batch counts it; for a failed attempt, in_doubt or ""
    traceback: str = ""  # JSON; kept with the failed attempt


@dataclass(frozen=True, slots=True)
class Slot:
    """What takes a turn. Without a token it is a processor, to which workers leave its type."""

    type: str
    lane: str  # of its type: the name of the queue that its wake-up came from
    worker: str
    limit_ms: int  # for an attempt, whatever its worker says; 0 = none
    token: str = ""


@dataclass(frozen=True, slots=True)
class Next:
    """The result of a turn: whether each settlement was taken, the next claims, and the wake-ups to publish."""

    answers: list[bool]
    claims: list[Claim]
    wakes: list[Wake]
    more: bool  # nothing was claimed, but there may be more: jobs of paused groups were in the way
    weight: int = 1  # of the type: its turns for each turn of another type
    decided: int = 0  # jobs that need nothing more: deciding.py
    ends: bool = False  # the turn has ended, as its worker is quiet: an operator wishes that it starts no job


@dataclass(frozen=True, slots=True)
class Itself:
    """What a worker's process says of itself: a word that no other process has, and facts in JSON (keys.worker)."""

    boot: str
    facts: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What operators wish of a worker: to start no job; to end."""

    quiet: bool = False
    stop: bool = False


class JobStore:
    """
    What workers and processors write into the records of jobs after intake.

    Every method raises StateUnavailableError if the state did not answer, and may then be repeated.
    """

    def __init__(
        self,
        client: redis.Redis,
        options: Settings,
        hand_over: Callable[[Iterable[Wake]], None] = lambda _: None,
        per_tick: int = PER_TICK,
    ) -> None:
        """
        `hand_over` publishes the wake-ups that settling causes; without it, maintenance sends them later. `per_tick`:
        how many jobs of a type one script of maintenance handles.
        """
        self._client, self._hand_over = client, hand_over
        self._scripts = {name: client.register_script(job_script(name, *PARTS.get(name, ()))) for name in SCRIPTS}
        self._options, self._per_tick = options, per_tick
        self._lease_ms = int(options.lease_seconds * 1000)

    def turn(
        self,
        slot: Slot,
        most: int,
        settlements: Sequence[Settlement] = (),
        pace_us: int | None = None,
        linger_ms: int = 0,
    ) -> Next:
        """
        Settle, and claim at most `most` of the next jobs. With `most` 0 the turn ends. `pace_us`: how long a
        job takes. If there are none, the slot waits `linger_ms` for more (wait_for_call).

        Script: tasks_app/lua/jobs/turn.lua.
        """
        pace = "" if pace_us is None else pace_us
        head = (slot.type, slot.lane, slot.worker, self._lease_ms, slot.limit_ms, slot.token, most, pace, linger_ms)
        rows: list[_ClaimRow]
        answers, rows, wakes, more, weight, ends = self._run("turn", *head, *_arguments(settlements))
        claims, unreadable = [], []
        for job_id, fence, data, target, batch, made, allowed, title, end, begun, place, trace, metadata in rows:
            rest = target, batch, made, allowed, title, int(end), bool(begun), place, trace, metadata
            try:
                claims.append(Claim(job_id, int(fence), data_of(data), *rest))
            except ValueError:  # its neighbours must not suffer from it
                unreadable.append(Settlement(Claim(job_id, int(fence), {}, *rest), "permanent", UNREADABLE))
        if unreadable:
            self.settle(unreadable)
        more = bool(more) or (not claims and bool(unreadable))
        return Next([bool(answer) for answer in answers], claims, wakes_of(wakes), more, int(weight), ends=bool(ends))

    def claim(self, job_type: str, worker: str, most: int = 1, limit_ms: int = 0) -> list[Claim]:
        """Claim the next jobs for a processor."""
        return self.turn(Slot(job_type, "", worker, limit_ms), most).claims

    def wait_for_call(self, token: str, seconds: float) -> bool:
        """
        Wait until jobs come for the turn that lingers; False if none came, or another type needs its slot.

        Raises StateUnavailableError.
        """
        with connections.translated():
            called = self._client.blpop([worker_keys.call(token)], seconds)
        return called is not None and called[1] == "come"

    def attend(self, job_type: str, processor: str, seconds: float) -> None:
        """Make workers leave this type to a processor for so long; 0 = it stops. Other processors are not affected."""
        self._run("attend", job_type, processor, int(seconds * 1000))

    def settle(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Record how jobs ended; False for a job that is no longer ours, which does not change."""
        told: tuple[list[int], list[_WakeRow]] = self._run("settle", *_arguments(settlements))
        if told[1]:
            self._hand_over(wakes_of(told[1]))
        return [bool(answer) for answer in told[0]]

    def begin(self, claims: Sequence[Claim]) -> list[bool]:
        """Note that these jobs start their effects on the outside world; False for a job that is no longer ours."""
        pairs = [value for claim in claims for value in (claim.id, claim.fence)]
        return [bool(answer) for answer in self._run("begin", *pairs)]

    def progress(self, reports: Sequence[tuple[Claim, int, Json]]) -> list[bool]:
        """
        Note how far jobs are, each as (claim, per cent, data), and start their leases and ttls again; False for a job
        that is no longer ours. Raises ValueError for data that are not JSON or too large.
        """
        arguments = [
            part for claim, percent, data in reports for part in (claim.id, claim.fence, percent, limited(data))
        ]
        return [bool(answer) for answer in self._run("progress", self._lease_ms, *arguments)]

    def log(self, claim: Claim, line: str) -> bool:
        """Add a line to the job's log, cut at LOG_LINE_CHARACTERS; False if it is no longer ours."""
        line = line[:LOG_LINE_CHARACTERS]
        return bool(self._run("log", claim.id, claim.fence, line, encoded_leniently(line)))

    def renew(self, claims: Iterable[Claim]) -> set[str]:
        """Start the leases again; returns the ids that are no longer ours."""
        pairs = [value for claim in claims for value in (claim.id, claim.fence)]
        return set(self._run("renew", self._lease_ms, *pairs))

    def announce(
        self,
        worker: str,
        slots: Mapping[str, int],
        types: Sequence[str],
        seconds: float,
        doing: Iterable[Doing] = (),
        itself: Itself | None = None,
    ) -> Wishes:
        """
        Say how many slots this worker has for which lanes, what they do, and which types it can do, for so long; and
        what it is, or it is not in the list of workers. Returns what operators wish of it.
        """
        lanes, told_ms = [part for lane in slots.items() for part in lane], int(seconds * 1000)
        until_ms = int(time.time() * 1000) + told_ms  # by this machine's clock: beside the server's, it tells the skew
        told_of = encoded([{**asdict(one), "until_ms": until_ms} for one in doing])
        boot, facts = (itself.boot, itself.facts) if itself else ("", "")
        quiet, stop = self._run("announce", worker, told_ms, told_of, boot, facts, len(slots), *lanes, *types)
        return Wishes(bool(quiet), bool(stop))

    def depart(self, worker: str, itself: Itself, lanes: Iterable[str]) -> None:
        """This worker's process ends in order: it leaves the list, and its slots count no more."""
        self._run("depart", worker, itself.boot, *lanes)

    def wake(self, types: Sequence[str], waiting: Mapping[str, int]) -> tuple[list[Wake], float | None]:
        """
        The wake-ups that these types lack, to be published, and in how many seconds a rate lets the next job start;
        None if no rate keeps a job waiting. `waiting`: lane -> messages that wait in it.
        """
        lanes = [part for lane in waiting.items() for part in lane]
        wake_ms = int(self._options.wake_seconds * 1000)
        told: tuple[list[_WakeRow], int] = self._run("wake", wake_ms, len(waiting), *lanes, *types)
        return wakes_of(told[0]), told[1] / 1000 if told[1] >= 0 else None

    def note_consumed(self, lane: str) -> None:
        """A pool process took a message from this lane."""
        with connections.translated():
            seconds, micros = self._client.time()
            self._client.hset(worker_keys.consumed(), lane, str(seconds * 1000 + micros // 1000))

    def promote(self, types: Sequence[str]) -> tuple[int, list[Wake]]:
        """Queue the delayed jobs that are due; returns how many, and the wake-ups to publish."""
        return _moved(self._run("promote", self._per_tick, *types))

    def recover(self, types: Sequence[str]) -> tuple[int, list[Wake]]:
        """Queue jobs again that lost their worker; returns how many, and the wake-ups to publish."""
        return _moved(self._run("recover", self._per_tick, self._options.stall_limit, self._lease_ms, *types))

    def reinstate(self) -> tuple[int, list[Wake]]:
        """Give the jobs of resumed groups their places back; returns how many, and the wake-ups to publish."""
        return _moved(self._run("reinstate", self._per_tick))

    def forget(self, types: Sequence[str] = ()) -> tuple[int, bool]:
        """
        Drop things past their retention, and note that `types` have handlers. Returns how many jobs it dropped, and
        whether there may be more.
        """
        options = self._options
        kept = (options.keep_complete_seconds, options.keep_failed_seconds, options.keep_cancelled_seconds)
        kept_ms = [seconds * 1000 for seconds in kept]
        arguments = (options.keep_events, max(kept_ms), options.keep_count, *kept_ms)
        told: tuple[int, int] = self._run("forget", self._per_tick, *arguments, *types)
        return told[0], bool(told[1])

    def _run(self, name: str, *arguments: str | int) -> Any:
        """The script's answer; each script documents its shape, and each caller gives it a type."""
        with connections.translated():
            return self._scripts[name](keys=[keys.events()], args=arguments)


def limited(data: Json) -> str:
    """Progress data as JSON. Raises ValueError if they are not JSON, or more than PROGRESS_BYTES."""
    text = encoded(data)
    if len(text) > PROGRESS_BYTES:
        raise ValueError(f"progress data may have {PROGRESS_BYTES} bytes of JSON, this has {len(text)}")
    return text


def _arguments(settlements: Sequence[Settlement]) -> list[str | int]:
    """The settlements as settling.lua reads them."""
    arguments: list[str | int] = []
    for one in settlements:
        wait = "" if one.wait_ms is None else one.wait_ms
        arguments += (one.claim.id, one.claim.fence, one.verdict, one.payload, wait, one.outcome, one.traceback)
    return arguments


def wakes_of(rows: Iterable[_WakeRow]) -> list[Wake]:
    """The wake-ups that a script returned."""
    return [Wake(*row) for row in rows]


def _moved(answer: tuple[int, Sequence[_WakeRow]]) -> tuple[int, list[Wake]]:
    return answer[0], wakes_of(answer[1])
