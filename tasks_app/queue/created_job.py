"""CreatedJob: a job that this program makes, with Kue's options, and of whose events it hears."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from tasks_app.events import Event
from tasks_app.jobs import FINAL, PRIORITIES, Backoff, Job, NewJob, State, Unique
from tasks_app.text import dates, shown

log = logging.getLogger(__name__)

Callback = Callable[..., object]
LONGEST_MS = 31_536_000_000  # a year
FURTHEST_PRIORITY = 1_000_000  # as over HTTP
LONGEST_KEY = 200  # characters

# Event -> what its callbacks are given, taken from the event's data. The names not here are given nothing.
GIVEN: Mapping[str, Callable[[Any], tuple[Any, ...]]] = {
    "progress": lambda data: (data["progress"], data["progress_data"]),  # per cent, the handler's own data
    "logged": lambda data: (data["line"],),
    "retrying": lambda data: (data["error"]["message"], data["attempts_made"]),
    "complete": lambda data: (data,),  # the handler's result
    "failed": lambda data: (data["message"],),
}
BECOMES: Mapping[str, State] = {
    "queued": State.QUEUED,
    "delayed": State.DELAYED,
    "active": State.ACTIVE,
    "retrying": State.DELAYED,
    "stalled": State.QUEUED,
    "complete": State.COMPLETE,
    "failed": State.FAILED,
    "cancelled": State.CANCELLED,
}
NAMES = frozenset({"created", "prioritised", *GIVEN, *BECOMES})


class CreatedJob:
    """
    Made by Queue.create. Options first, each returns the job; then `save`. The id is known from the beginning.

    Attributes: id, type, data, request (all that is asked for); and what was heard of it so far: state (None = nothing
    yet), percent, result, error (text), over (nothing more will be heard), forgotten (over, for its record is gone),
    conflict (another job with its unique key was "returned" or "replaced": since `save` it is that one, with its id).
    """

    def __init__(self, request: NewJob, save: Callable[[Sequence["CreatedJob"]], None], turn: threading.RLock) -> None:
        self.request = request
        self.state: State | None = None
        self.percent = 0
        self.result: Any = None
        self.error: str | None = None
        self.conflict = ""
        self.over = self.forgotten = False
        self._save = save
        self._turn = turn  # callbacks of one queue come one at a time
        self._callbacks: defaultdict[str, list[Callback]] = defaultdict(list)
        self._announced = False

    @property
    def id(self) -> str:
        """The job's id, everywhere."""
        return self.request.id

    @property
    def type(self) -> str:
        """What kind of job."""
        return self.request.type

    @property
    def data(self) -> Mapping[str, Any]:
        """What the handler is given."""
        return self.request.data

    def key(self, key: str) -> "CreatedJob":
        """Whose it is, e.g. a tenant: the keys of a type take turns, and may have limits. 1 to 200 characters."""
        if not isinstance(key, str) or not 1 <= len(key) <= LONGEST_KEY:
            raise ValueError(f"a key is a text of 1 to {LONGEST_KEY} characters, not {shown(key)}")
        return self._with(key=key)

    def priority(self, level: str | int) -> "CreatedJob":
        """`low`, `normal`, `medium`, `high`, `critical`, or a number; lower numbers run first."""
        if isinstance(level, str) and level not in PRIORITIES:
            raise ValueError(f"priority: {level[:100]!r} is none of {', '.join(PRIORITIES)}")
        number = PRIORITIES[level] if isinstance(level, str) else level
        return self._with(priority=_whole("priority", number, -FURTHEST_PRIORITY, FURTHEST_PRIORITY))

    def attempts(self, count: int) -> "CreatedJob":
        """How many times it may be tried; one by itself."""
        return self._with(attempts=_whole("attempts", count, 1, 1_000))

    def backoff(
        self, kind: str = "exponential", delay_ms: int = 1_000, max_ms: int = 600_000, jitter: float | None = None
    ) -> "CreatedJob":
        """
        The wait between attempts, `fixed` or `exponential`; `jitter` is the share of it that is left to chance: by
        itself nothing of a fixed one, and half of an exponential one.
        """
        if kind not in ("fixed", "exponential"):
            raise ValueError("backoff: fixed or exponential")
        if jitter is not None and not (isinstance(jitter, int | float) and 0 <= jitter <= 1):
            raise ValueError("backoff: jitter is 0 to 1")
        return self._with(backoff=Backoff(kind, _span(delay_ms), _span(max_ms), jitter))

    def delay(self, wait: int | str | datetime) -> "CreatedJob":
        """
        Start so many ms after it is saved, or at a date: a datetime with a zone, or text as dates.unix_ms takes it.

        Raises ValueError for a date without a zone or offset, or before 2000.
        """
        if isinstance(wait, str | datetime):
            return self._with(due_ms=dates.unix_ms(wait), delay_ms=0)
        return self._with(delay_ms=_span(wait), due_ms=0)

    def ttl(self, limit_ms: int) -> "CreatedJob":
        """The longest time in `active` without progress; then the attempt counts as failed."""
        return self._with(ttl_ms=_span(limit_ms))

    def unique(
        self, key: str, lasting: Literal["queued", "unfinished"] | float = "unfinished", on_conflict: str = "return"
    ) -> "CreatedJob":
        """
        Have only one job of its type with this key: while that is `queued`, `unfinished`, or for so many seconds from
        when it came. If another one has it: `return`, that one stands for this one; `replace`, likewise and, while it
        waits, it becomes what this one asks for; `refuse`, `save` raises NotUniqueError. See `conflict`.
        """
        if not isinstance(key, str) or not 1 <= len(key) <= LONGEST_KEY:
            raise ValueError(f"a key is a text of 1 to {LONGEST_KEY} characters, not {shown(key)}")
        if on_conflict not in ("return", "replace", "refuse"):
            raise ValueError(f"on_conflict: return, replace or refuse, not {shown(on_conflict)}")
        if lasting in ("queued", "unfinished"):
            return self._with(unique=Unique(key, str(lasting), on_conflict))
        if (
            isinstance(lasting, bool)
            or not isinstance(lasting, int | float)
            or not 0.001 <= lasting <= LONGEST_MS / 1000
        ):
            raise ValueError(f"a unique job lasts `queued`, `unfinished`, or 0.001 s to a year, not {shown(lasting)}")
        return self._with(unique=Unique(key, int(lasting * 1000), on_conflict))

    def title(self, text: str) -> "CreatedJob":
        """A name for people. Raises ValueError for what is no text."""
        if not isinstance(text, str):
            raise ValueError(f"title: a text, not of the type {type(text).__name__}")
        return self._with(title=text)

    def batch(self, batch_id: str) -> "CreatedJob":
        """Count it with others of that batch, an id as tasks_app.jobs.job.fresh_id gives it."""
        return self._with(batch=batch_id)

    def on(self, name: str, callback: Callback) -> "CreatedJob":
        """
        Call back at every event of that name; `created` is told by `save`, and before all others.

        What a callback is given: progress(percent, data), logged(line), retrying(message, attempts_made),
        complete(result), failed(message); all others nothing. It runs in a thread of the queue, so be quick; what it
        raises is logged. Raises ValueError for a name that no event has.
        """
        if name not in NAMES:
            raise ValueError(f"no event is called {name!r}; there are {', '.join(sorted(NAMES))}")
        self._callbacks[name].append(callback)
        return self

    def save(self) -> "CreatedJob":
        """
        Submit it. Raises StateUnavailableError (then save again: it is the same job), QueueFullError, and TypeError
        when its data is not JSON; NotUniqueError when it is to be refused beside another one.
        """
        self._save([self])
        return self

    def become(self, job_id: str, conflict: str) -> None:
        """Stand for this job, which was returned or replaced. For the queue and for simulations."""
        self.request = replace(self.request, id=job_id)
        self.conflict = conflict

    def announce(self) -> None:
        """Tell `created`, the first time."""
        with self._turn:
            if not self._announced:
                self._announced = True
                self._tell("created")

    def receive(self, event: Event) -> None:
        """Take note of an event and call back. For the queue's reader and for simulations."""
        with self._turn:
            if self.over:
                return
            self.announce()  # the worker may be quicker than the answer to `save`
            self.state = BECOMES.get(event.event, self.state)
            if event.event == "progress":
                self.percent = event.data["progress"]
            elif event.event == "complete":
                self.percent, self.result = 100, event.data
            elif event.event in ("failed", "retrying"):
                self.error = (event.data if event.event == "failed" else event.data["error"])["message"]
            self._tell(event.event, *GIVEN.get(event.event, lambda _: ())(event.data))
            self.over = self.state in FINAL  # last: who waits for the job's end waits for its callbacks, too

    def catch_up(self, job: Job | None) -> None:
        """Learn of the end from the record, whose event was missed; None = there is no record any more."""
        if job is None:
            self.over = self.forgotten = True
        elif job.state in FINAL:
            data = {State.COMPLETE: job.result, State.FAILED: job.error}.get(job.state, {})
            self.receive(Event("", job.state.value, job.id, job.type, job.batch, data))

    def _with(self, **changes: Any) -> "CreatedJob":
        if self._announced:
            raise ValueError("the job is saved; its options are given before that")
        self.request = replace(self.request, **changes)
        return self

    def _tell(self, name: str, *given: Any) -> None:
        for callback in self._callbacks[name]:
            try:
                callback(*given)
            except Exception:  # the other jobs' events must go on
                log.exception("a callback failed", extra={"job": self.id, "event": name})


def _span(ms: float) -> int:
    return _whole("milliseconds", ms, 0, LONGEST_MS)


def _whole(name: str, given: float, least: int, most: int) -> int:
    """A whole number in its bounds, 3.0 too. Raises ValueError, also for what is no number."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not least <= given <= most or given % 1:
        raise ValueError(f"{name}: a whole number from {least} to {most}, not {shown(given)}")
    return int(given)
