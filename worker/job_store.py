"""The job scripts as typed methods: claim, settle, signs of life, and what the clock does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import redis

from tasks_app import connections, keys
from tasks_app.encoding import decoded, encoded, told
from tasks_app.messages import Nudge
from tasks_app.scripts import job_script
from tasks_app.settings import Settings, settings

LUA = Path(__file__).parent / "lua/jobs"
SCRIPTS = (
    *("attend", "claim", "begin", "settle", "progress", "log", "renew"),
    *("promote", "recover", "nudge", "unpark", "forget"),
)
PROGRESS_BYTES = 16_384
LINE_CHARACTERS = 2_000
UNREADABLE = '{"code":"permanent","message":"Its data is not JSON"}'
PER_TICK = 1_000  # jobs of one type that one script of the clock handles; about 10 ms of the server's time

Verdict = Literal["complete", "error", "permanent", "deferred", "interrupted"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is this worker's until its lease runs out. `fence` proves it."""

    id: str
    fence: int
    data: dict[str, Any]
    target: str
    batch: str
    attempts_made: int  # before this one
    attempts_max: int
    title: str
    deadline_ms: int = 0  # when its lease, ttl or time limit first ends; then the job may be another worker's
    interrupted: bool = False  # an earlier attempt began its effect and never said how it ended


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one claim. The payload is the result, or the error as {"code", "message"}, in JSON."""

    claim: Claim
    verdict: Verdict
    payload: str = "null"  # JSON
    wait_ms: int | None = (
        None  # at least so long before the next attempt; its own backoff may be longer. To defer: needed
    )
    outcome: str = ""  # of a complete job the word by which its batch counts it; of a failed attempt in_doubt or ""
    traceback: str = ""  # JSON; kept with the failed attempt


class JobStore:
    """
    The only writer of job records once they are taken in.

    Every method raises StateUnavailableError when the state did not answer; all of them may then be repeated.
    """

    def __init__(self, client: redis.Redis, options: Settings = settings) -> None:
        self._scripts = {name: client.register_script(job_script(LUA / f"{name}.lua")) for name in SCRIPTS}
        self._options = options
        self._lease_ms = int(options.lease_seconds * 1000)
        self._nudge_ms = int(options.nudge_seconds * 1000)

    def claim(self, queue: str, worker: str, ids: Sequence[str], limit_ms: int = 0) -> list[Claim]:
        """
        Make those of `ids` that are still queued this worker's. No ids at all still prove that `queue` is consumed. An
        attempt that takes longer than `limit_ms` has failed, whatever its worker says; 0 = no limit.

        Script: worker/lua/jobs/claim.lua.
        """
        claims, unreadable = [], []
        for job_id, fence, data, target, batch, *more in self._run(
            "claim", queue, worker, self._lease_ms, limit_ms, *ids
        ):
            made, most, title, end, begun = more
            rest = target, batch, int(made), int(most), title, int(end), bool(begun)
            try:
                claims.append(Claim(job_id, int(fence), decoded(data), *rest))
            except ValueError:  # it must not be its neighbours' trouble
                unreadable.append(Settlement(Claim(job_id, int(fence), {}, *rest), "permanent", UNREADABLE))
        if unreadable:
            self.settle(unreadable)
        return claims

    def attend(self, job_type: str, processor: str, seconds: float) -> None:
        """Have workers leave this type to a processor for so long; 0 = it stops. Says nothing of other processors."""
        self._run("attend", job_type, processor, int(seconds * 1000))

    def settle(self, settlements: Sequence[Settlement]) -> list[bool]:
        """Write down outcomes; False for a job that is no longer ours, of which nothing changed."""
        arguments: list[str | int] = []
        for one in settlements:
            wait = "" if one.wait_ms is None else one.wait_ms
            arguments += (one.claim.id, one.claim.fence, one.verdict, one.payload, wait, one.outcome, one.traceback)
        return [bool(answer) for answer in self._run("settle", *arguments)]

    def begin(self, claims: Sequence[Claim]) -> list[bool]:
        """Note that the effects of these jobs on the outside world start now; False for one that is no longer ours."""
        pairs = [value for claim in claims for value in (claim.id, claim.fence)]
        return [bool(answer) for answer in self._run("begin", *pairs)]

    def progress(self, reports: Sequence[tuple[Claim, int, Any]]) -> list[bool]:
        """
        Note how far jobs are, each as (claim, per cent, data), and start their leases and ttls anew; False for one
        that is no longer ours. Raises ValueError for data that is no JSON or too large.
        """
        arguments: list[str | int] = []
        for claim, percent, data in reports:
            arguments += (claim.id, claim.fence, percent, limited(data))
        return [bool(answer) for answer in self._run("progress", self._lease_ms, *arguments)]

    def log(self, claim: Claim, line: str) -> bool:
        """Add a line to the job's log, cut at LINE_CHARACTERS; False if it is no longer ours."""
        line = line[:LINE_CHARACTERS]
        return bool(self._run("log", claim.id, claim.fence, line, told(line)))

    def renew(self, claims: Iterable[Claim]) -> set[str]:
        """Start the leases anew; returns the ids that are no longer ours."""
        pairs = [value for claim in claims for value in (claim.id, claim.fence)]
        return set(self._run("renew", self._lease_ms, *pairs))

    def promote(self, types: Sequence[str]) -> list[Nudge]:
        """Queue the delayed jobs that are due; returns them, to be published."""
        return _nudges(self._run("promote", PER_TICK, self._nudge_ms, *types))

    def recover(self, types: Sequence[str]) -> list[Nudge]:
        """Queue again what lost its worker; returns it, to be published."""
        arguments = (self._nudge_ms, self._options.stall_limit, self._lease_ms)
        return _nudges(self._run("recover", PER_TICK, *arguments, *types))

    def overdue(self, types: Sequence[str], most: int = PER_TICK) -> list[Nudge]:
        """
        Queued jobs that nobody claimed in time, to be published again, at most so many of each type, the longest
        overdue first; the next look at them comes a while later.
        """
        return _nudges(self._run("nudge", most, self._nudge_ms, *types))

    def unpark(self) -> list[Nudge]:
        """Put the jobs behind gates that are open again back in line; returns them, to be published."""
        return _nudges(self._run("unpark", PER_TICK, self._nudge_ms))

    def forget(self, types: Sequence[str] = ()) -> tuple[int, bool]:
        """
        Drop what is past its retention, and note that there are handlers of `types`. Returns how many jobs, and whether
        there may be more.
        """
        options = self._options
        kept = (options.keep_complete_seconds, options.keep_failed_seconds, options.keep_cancelled_seconds)
        kept_ms = [seconds * 1000 for seconds in kept]
        arguments = (options.keep_events, max(kept_ms), options.keep_count, *kept_ms)
        dropped, more = self._run("forget", PER_TICK, *arguments, *types)
        return dropped, bool(more)

    def _run(self, name: str, *arguments: str | int) -> Any:
        with connections.translated():
            return self._scripts[name](keys=[keys.events()], args=arguments)


def limited(data: Any) -> str:
    """Progress data as JSON. Raises ValueError when it is none, or more than PROGRESS_BYTES."""
    text = encoded(data)
    if len(text) > PROGRESS_BYTES:
        raise ValueError(f"progress data may have {PROGRESS_BYTES} bytes of JSON, this has {len(text)}")
    return text


def _nudges(rows: Iterable[tuple[str, str, str]]) -> list[Nudge]:
    return [Nudge(job_id, job_type, int(priority)) for job_id, job_type, priority in rows]
