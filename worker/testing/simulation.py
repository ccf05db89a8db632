"""Simulation: does captured jobs in a test's own process, without Redis, and can cause rare events.

with Simulation(create_queue()) as simulation:
    tell_buyers(...)                        # your own code, which saves jobs
    simulation.run()                         # the handlers of those that are queued run
    simulation.advance(60_000)               # ms: delays, waits before retries, time limits
    simulation.crash_after_effect(job)       # the handler ran, its worker died, another does the job again
    assert simulation.job(job).state == "complete"
"""

import math

from tasks_app.configuration import Settings
from tasks_app.errors import NotUniqueError
from tasks_app.events import Event
from tasks_app.jobs import Job, Receipt, State
from tasks_app.queue import CreatedJob, Queue
from worker.jobs import Chunk, Claim, Settlement, attempt, registry
from worker.testing.memory import MemoryStore

WORKER = "worker@simulation"
MOST_ATTEMPTS = 1_000


class Simulation:
    """
    The queue's test mode, with workers and a clock that move only when they are told to.

    Jobs go the same way as in reality: claimed, handed to the handler of their type, settled; by the rules of the real
    scripts, of which MemoryStore is a tested copy. Differences: nothing is paused, no processor runs, a wait before a
    retry is the longest possible. As a context manager it enters the test mode, exits and clears it.
    """

    def __init__(self, queue: Queue, store: MemoryStore | None = None, options: Settings | None = None) -> None:
        self._options = options = options or queue.settings
        self._mode = queue.test_mode
        self._store = store or MemoryStore(options)
        self._lease_ms = int(options.lease_seconds * 1000)
        self._jobs: dict[str, list[CreatedJob]] = {}  # several objects may stand for one unique job
        self._taken: dict[int, CreatedJob] = {}  # by identity
        self._claims: list[Claim] = []
        self._told = 0  # events passed on to the jobs' callbacks

    def __enter__(self) -> "Simulation":
        self._mode.enter()
        return self

    def __exit__(self, *_: object) -> None:
        self._mode.__exit__()

    @property
    def now_ms(self) -> int:
        """The clock, unix ms; it begins with the real time."""
        return self._store.now_ms

    def run(self) -> int:
        """Do every job that is queued, and those that handlers save meanwhile; returns how many attempts that took."""
        attempts = 0
        self._take_in()
        while queued := self._store.in_order():
            attempts += self._do(self._store.records[queued[0]]["type"])
        return attempts

    def advance(self, by_ms: int) -> None:
        """
        Let time pass. Jobs that become due are queued for the next `run`. If a handler calls it, this is the time that
        the handler takes: its leases are renewed meanwhile, its ttl runs.
        """
        self._take_in()
        until = self.now_ms + by_ms
        while self.now_ms < until:
            stops = [score for score in self._deadlines(State.DELAYED, State.ACTIVE) if score > self.now_ms]
            self._store.now_ms = math.ceil(min([until, *stops]))
            self._store.renew(self._claims)  # in reality a thread does this, long before
            self._tick()

    def run_to_end(self) -> int:
        """
        Work, wait for the next due time, and so on until every job is over; returns how many attempts that took.

        Raises RuntimeError after a thousand: the jobs would never end.
        """
        attempts = self.run()
        while deadlines := self._deadlines(State.DELAYED, State.ACTIVE):
            if attempts > MOST_ATTEMPTS:
                raise RuntimeError(f"{attempts} attempts, and not all jobs are over")
            self.advance(max(math.ceil(min(deadlines)) - self.now_ms, 1))
            attempts += self.run()
        return attempts

    def deliver_twice(self, job: CreatedJob) -> int:
        """Wake two workers for a queued job, and a third when it is done; returns how often it was done."""
        claims = self._claim(job)
        twin = self._store.claim(job.type, f"{WORKER}-2", 1, self._limit_ms(job.type), job.id)
        attempts = self._finish(job.type, claims) + self._finish(job.type, twin)
        return attempts + self._do(job.type, job.id)

    def crash_after_effect(self, job: CreatedJob, times: int = 1) -> None:
        """
        A worker does a queued job and dies before it has recorded that. Its lease ends, the job is queued again, and
        the next worker dies in the same way, `times` times; then a worker that lives does it.
        """
        for _ in range(times):
            self._attempt(job.type, self._claim(job))
            self.advance(self._lease_ms)
        self._do(job.type, job.id)

    def answer_too_late(self, job: CreatedJob) -> None:
        """
        A worker does a queued job and hangs until its lease is over and another has done the job; then it wakes up and
        answers, which changes nothing any more.
        """
        settlements = self._attempt(job.type, self._claim(job))
        self.advance(self._lease_ms)
        self._do(job.type, job.id)
        self._store.settle(settlements)
        self._pass_on()

    def cancel(self, job: CreatedJob) -> None:
        """As DELETE /v1/jobs/ID; also from within its handler. Raises IllegalTransitionError."""
        self._take_in()
        self._store.cancel(job.id)
        self._pass_on()

    def replay(self, job: CreatedJob) -> None:
        """As POST /v1/jobs/ID/replay. Raises IllegalTransitionError."""
        self._store.replay(job.id)
        self._pass_on()

    def job(self, job: CreatedJob) -> Job:
        """The job's record: state, attempts made, stalls, progress, result, error."""
        self._take_in()
        return Job.from_record(job.id, self._store.records[job.id])

    def log_lines(self, job: CreatedJob) -> list[str]:
        """What its handler logged."""
        return list(self._store.logs.get(job.id, []))

    def events(self, job: CreatedJob) -> list[Event]:
        """The job's events, from the beginning."""
        self._take_in()
        return [event for event in self._store.events if event.job == job.id]

    def _take_in(self) -> None:
        new = [job for job in self._mode.jobs if id(job) not in self._taken]
        self._taken.update((id(job), job) for job in new)
        for job, receipt in zip(new, self._submitted(new), strict=True):
            if receipt.conflict:
                job.become(receipt.id, receipt.conflict)
            self._jobs.setdefault(job.id, []).append(job)
        self._pass_on()

    def _submitted(self, new: list[CreatedJob]) -> list[Receipt]:
        """Submit the new jobs; removes from `new` the refused ones, whose `save` would have raised."""
        while True:
            try:
                return self._store.submit([job.request for job in new])
            except NotUniqueError as error:
                refused = new.pop(int(str(error.context["place"])))
                refused.become(str(error.context["job"]), "refused")
                refused.over = True

    def _tick(self) -> None:
        """A worker's maintenance."""
        types = sorted({job.type for own in self._jobs.values() for job in own})
        self._store.promote(types)
        self._store.recover(types)
        self._pass_on()

    def _pass_on(self) -> None:
        events = self._store.events
        while self._told < len(events):
            event = events[self._told]
            self._told += 1
            for job in self._jobs[event.job]:
                job.receive(event)

    def _deadlines(self, *states: State) -> list[float]:
        """When maintenance has to look at the jobs in these states."""
        records = self._store.records
        return [score for job_id, score in self._store.scores.items() if records[job_id]["state"] in states]

    def _claim(self, job: CreatedJob) -> list[Claim]:
        self._take_in()
        state = self._store.records[job.id]["state"]
        if state != State.QUEUED:
            raise ValueError(f"the job is {state}, so no worker would take it; it has to be queued")
        return self._store.claim(job.type, WORKER, 1, self._limit_ms(job.type), job.id)

    def _do(self, job_type: str, only: str = "") -> int:
        """Do this job, or as many as a handler takes at once."""
        most = max(registry[job_type].most, 1) if job_type in registry else 1
        return self._finish(job_type, self._store.claim(job_type, WORKER, most, self._limit_ms(job_type), only))

    def _finish(self, job_type: str, claims: list[Claim]) -> int:
        self._store.settle(self._attempt(job_type, claims))
        self._take_in()
        return len(claims)

    def _attempt(self, job_type: str, claims: list[Claim]) -> list[Settlement]:
        if not claims:
            return []
        if job_type not in registry:
            raise LookupError(f"no handler is registered for {job_type}; import its module")
        self._pass_on()
        outer, self._claims = self._claims, claims
        try:
            return [one for group in attempt(Chunk(job_type, claims, self._store)) for one in group]
        finally:
            self._claims = outer
            self._take_in()

    def _limit_ms(self, job_type: str) -> int:
        return registry[job_type].limit_ms(self._options) if job_type in registry else 0
