"""CreatedJob: a job that this program makes, with Kue's options; the program hears of its events."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from tasks_app.events import BECOMES, Event, EventName
from tasks_app.jobs import FINAL, Backoff, Job, NewJob, State, Unique, bounds

log = logging.getLogger(__name__)

Callback = Callable[..., object]

# Event -> the arguments of its callbacks, from the event's data. Callbacks of other events get none.
GIVEN: Mapping[str, Callable[[Any], tuple[Any, ...]]] = {
    EventName.PROGRESS: lambda data: (data["progress"], data["progress_data"]),  # percentage, the handler's own data
    EventName.LOGGED: lambda data: (data["line"],),
    EventName.RETRYING: lambda data: (data["error"]["message"], data["attempts_made"]),
    EventName.COMPLETE: lambda data: (data,),  # the handler's result
    EventName.FAILED: lambda data: (data["message"],),
}
CREATED = "created"  # `save` announces it; it is not an event of the stream
NAMES = frozenset({CREATED, *EventName})


class CreatedJob:
    """
    Made by Queue.create. Set options first: each method returns the job, and raises InvalidJobError, a ValueError, for
    a value that breaks a rule. Then call `save`. The id is known from the beginning.

    Attributes: id, type, data, request (all that is asked for); and what is known so far: state (None = nothing yet),
    percent, result, error (text), over (no more events will come), forgotten (over, because its record is gone),
    conflict (another job with its unique key was "returned" or "replaced": since `save` this object stands for that job
    and has its id).
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
        """The job's id, the same everywhere."""
        return self.request.id

    @property
    def type(self) -> str:
        """The job's type."""
        return self.request.type

    @property
    def data(self) -> Mapping[str, Any]:
        """What the handler gets."""
        return self.request.data

    def key(self, key: str) -> "CreatedJob":
        """Its owner, e.g. a tenant: the keys of a type take turns, and may have limits. 1 to 200 characters."""
        return self._with(key=bounds.text("key", key))

    def priority(self, level: str | int) -> "CreatedJob":
        """`low`, `normal`, `medium`, `high`, `critical`, or a number; lower numbers run first."""
        return self._with(priority=bounds.priority(level))

    def attempts(self, count: int) -> "CreatedJob":
        """How many times it may be tried; 1 by default."""
        return self._with(attempts=bounds.whole("attempts", count, bounds.ATTEMPTS))

    def backoff(
        self, kind: str = "exponential", delay_ms: int = 1_000, max_ms: int = 600_000, jitter: float | None = None
    ) -> "CreatedJob":
        """
        The wait between attempts, `fixed` or `exponential`; `jitter` is its random share: by default 0 for a fixed
        wait, and a half for an exponential one.
        """
        return self._with(backoff=bounds.backoff(Backoff(kind, delay_ms, max_ms, jitter)))

    def delay(self, wait: int | str | datetime) -> "CreatedJob":
        """
        Start so many ms after `save`, or at a date: a datetime with a zone, or text as dates.unix_ms takes it.

        Raises InvalidJobError for a date without a zone or offset, or before 2000.
        """
        if isinstance(wait, str | datetime):
            return self._with(due_ms=bounds.moment(wait), delay_ms=0)
        return self._with(delay_ms=bounds.whole("delay_ms", wait, bounds.WAIT_MS), due_ms=0)

    def ttl(self, limit_ms: int) -> "CreatedJob":
        """The longest time in `active` without progress; then the attempt counts as failed."""
        return self._with(ttl_ms=bounds.whole("ttl_ms", limit_ms, bounds.WAIT_MS))

    def unique(
        self, key: str, lasting: Literal["queued", "unfinished"] | float = "unfinished", on_conflict: str = "return"
    ) -> "CreatedJob":
        """
        Allow only one job of its type with this key: while the first is `queued`, `unfinished`, or for so many seconds
        from its arrival. If another job has the key: `return`: that job stands for this one; `replace`: likewise, and
        if it still waits, it takes over what this job asks for; `refuse`: `save` raises NotUniqueError. See `conflict`.
        """
        kept = lasting if isinstance(lasting, str) else bounds.lasting_ms(lasting)
        return self._with(unique=bounds.unique(Unique(key, kept, on_conflict)))

    def title(self, text: str) -> "CreatedJob":
        """A name for people, 1 to 200 characters."""
        return self._with(title=bounds.text("title", text))

    def metadata(self, words: Mapping[str, Any]) -> "CreatedJob":
        """
        Words of your own about it, such as {"order": "4711"}: shown with it, never used. At most 20 names, and 2,048
        bytes as JSON.
        """
        return self._with(metadata=bounds.metadata(words))

    def batch(self, batch_id: str) -> "CreatedJob":
        """Count it with others of that batch, an id as tasks_app.jobs.job.fresh_id gives it."""
        return self._with(batch=batch_id)

    def on(self, name: str, callback: Callback) -> "CreatedJob":
        """
        Call back at every event of that name; `save` itself calls back for `created`, before all others.

        Arguments of the callbacks: progress(percent, data), logged(line), retrying(message, attempts_made),
        complete(result), failed(message); the others get none. Callbacks run in a thread of the queue, so be quick;
        errors that they raise are logged. Raises ValueError for a name that no event has.
        """
        if name not in NAMES:
            raise ValueError(f"no event is called {name!r}; there are {', '.join(sorted(NAMES))}")
        self._callbacks[name].append(callback)
        return self

    def save(self) -> "CreatedJob":
        """
        Submit it. Raises StateUnavailableError (then save again: it is the same job), QueueFullError, and TypeError
        when its data is not JSON; NotUniqueError when another job has its unique key and it has `refuse`.
        """
        self._save([self])
        return self

    def become(self, job_id: str, conflict: str) -> None:
        """Stand for another job, which was returned or replaced. For the queue and for simulations."""
        self.request = replace(self.request, id=job_id)
        self.conflict = conflict

    def announce(self) -> None:
        """Call back for `created`, the first time."""
        with self._turn:
            if not self._announced:
                self._announced = True
                self._tell(CREATED)

    def receive(self, event: Event) -> None:
        """Take note of an event and call back. For the queue's reader and for simulations."""
        with self._turn:
            if self.over:
                return
            self.announce()  # the worker may be faster than the answer to `save`
            self.state = BECOMES.get(event.event, self.state)
            if event.event == EventName.PROGRESS:
                self.percent = event.data["progress"]
            elif event.event == EventName.COMPLETE:
                self.percent, self.result = 100, event.data
            elif event.event == EventName.FAILED:
                self.error = event.data["message"]
            elif event.event == EventName.RETRYING:
                self.error = event.data["error"]["message"]
            elif event.event == EventName.REPLAYED:
                self.percent, self.error = 0, None
            self._tell(event.event, *GIVEN.get(event.event, lambda _: ())(event.data))
            self.over = self.state in FINAL  # last: `wait` must return only after the callbacks

    def catch_up(self, job: Job | None) -> None:
        """Learn of the end from the record, as its event was missed; None = the record is gone."""
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
            except Exception:  # events of other jobs must still arrive
                log.exception("a callback failed", extra={"job": self.id, "job_event": name})
