"""StoreMachine: does each thing to the real scripts and to the test mode's copy, and compares all that they hold."""

import itertools
from dataclasses import replace

from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, rule

from tasks_app.errors import IllegalTransitionError, NotUniqueError
from tasks_app.jobs.job import DEDUP, Backoff, NewJob, Unique, fresh_id
from tests.timed_store import HURRIED
from worker.jobs.job_store import Claim, Settlement
from worker.testing.memory import MemoryStore

TYPES = ["frame_image", "resize_image"]


BACKOFFS = [None, Backoff("fixed", 700, jitter=0), Backoff("exponential", 400, 1_000, jitter=0)]


ERROR = ("error", '{"code":"error","message":"m"}')


VERDICTS = [("complete", '{"a":[1,null]}'), ERROR, ("snoozed", "null"), ("interrupted", "null")]


PERMANENT = ("permanent", '{"code":"permanent","message":"never"}')


SUPPRESSED = ("permanent", '{"code":"suppressed","message":"no"}')


# No key for a time: the server's own clock ends it.
UNIQUES = some.builds(
    Unique,
    key=some.sampled_from(["a", "b"]),
    lasting=some.sampled_from(["queued", "unfinished"]),
    on_conflict=some.sampled_from(["return", "replace", "replace", "refuse"]),
)


JOBS = some.lists(
    some.builds(
        NewJob,
        type=some.sampled_from(TYPES),
        data=some.just({"n": 1}),
        id=some.builds(fresh_id),
        fingerprint=some.sampled_from(["", "queue", DEDUP]),
        target=some.sampled_from(["", "", "product:1"]),
        batch=some.sampled_from(["", "b"]),
        key=some.sampled_from(["", "", "ada", "bob"]),
        priority=some.sampled_from([0, 0, -15]),
        attempts=some.integers(1, 3),
        backoff=some.sampled_from(BACKOFFS),
        delay_ms=some.sampled_from([0, 0, 0, 600]),
        ttl_ms=some.sampled_from([0, 0, 800]),
        unique=some.one_of(some.none(), some.none(), UNIQUES),
    ),
    min_size=1,
    max_size=3,
)


SETTLED = some.sampled_from([*VERDICTS, *VERDICTS, PERMANENT, SUPPRESSED])


OUTCOMES = some.sampled_from(["", "in_doubt"])


ANY = some.integers(0, 1_000_000)  # which of the existing ones


def seen(store):
    """All that a store holds; the ids of events apart, which are in order for each job."""
    told = {}
    for event in store.events:
        told.setdefault(event.job, []).append((event.event, event.type, event.batch, event.data))
    return store.records, store.scores, store.logs, told


def refuses(before, job):
    """Would it keep its own request out? Then it cannot be submitted at all."""
    return job.unique.on_conflict == "refuse" and any(
        one.unique and (one.type, one.unique.key) == (job.type, job.unique.key) for one in before
    )


class StoreMachine(RuleBasedStateMachine):
    """Does each thing to both stores, and compares the answers and all that they hold."""

    def __init__(self, real):
        super().__init__()
        self.ours = MemoryStore(HURRIED)
        self.real = real(self.ours.now_ms)
        self.asked: list[NewJob] = []
        self.jobs: list[NewJob] = []  # those that are recorded
        self.claims: list[Claim] = []

    def both(self, method, *arguments):
        answers = []
        for store in (self.ours, self.real):
            try:
                answers.append(getattr(store, method)(*arguments))
            except (IllegalTransitionError, NotUniqueError) as error:
                answers.append((str(error), error.context))
        assert answers[0] == answers[1]
        assert seen(self.ours) == seen(self.real)
        return answers[0]

    def pass_time(self, by_ms):
        self.ours.now_ms += by_ms
        self.real.now_ms += by_ms

    def claim_of(self, number):
        return [self.claims[-1 - number % min(len(self.claims), 4)]] if self.claims else []

    @rule(jobs=JOBS)
    def submit(self, jobs):
        jobs = [
            replace(job, unique=None) if job.unique and refuses(jobs[:number], job) else job
            for number, job in enumerate(jobs)
        ]
        self.asked += jobs
        self.both("submit", jobs)
        recorded = {job.id for job in self.jobs}
        self.jobs += [job for job in jobs if job.id in self.ours.records and job.id not in recorded]

    @rule(jobs=JOBS)
    def submit_and_claim(self, jobs):
        self.submit(jobs)
        self.claims += self.both("claim", jobs[0].type, "worker@test", len(jobs))

    @rule(number=ANY)
    def submit_again(self, number):
        known = [job for job in self.asked if job.fingerprint]
        if known:
            self.submit([known[number % len(known)]])

    @rule(job_type=some.sampled_from(TYPES), most=some.integers(1, 3), limit_ms=some.sampled_from([0, 0, 500]))
    def claim(self, job_type, most, limit_ms):
        self.claims += self.both("claim", job_type, "worker@test", most, limit_ms)

    @rule(number=ANY)
    def give_back(self, number):
        self.both("settle", [Settlement(claim, "returned", claim.place) for claim in self.claim_of(number)])

    @rule(number=ANY, verdict=SETTLED, wait=some.sampled_from([None, 300]), outcome=OUTCOMES)
    def settle(self, number, verdict, wait, outcome=""):
        if verdict[0] in ("snoozed", "interrupted"):
            wait = wait or 0  # a snooze always names its wait
        trace = '"Traceback"' if number % 2 else ""
        self.both("settle", [Settlement(claim, *verdict, wait, outcome, trace) for claim in self.claim_of(number)])

    @rule(number=ANY)
    def begin(self, number):
        for claim in self.claim_of(number):
            self.both("begin", [claim])

    @rule(number=ANY, percent=some.integers(0, 100), data=some.sampled_from([None, {"page": 1}]))
    def progress(self, number, percent, data):
        self.pass_time(1)
        for claim in self.claim_of(number):
            self.both("progress", [(claim, percent, data)])

    @rule(number=ANY, lines=some.sampled_from([1, 1, 101]))
    def log(self, number, lines):
        for claim, line in itertools.product(self.claim_of(number), range(lines)):
            assert self.ours.log(claim, str(line)) == self.real.log(claim, str(line))
        self.both("renew", ())

    @rule(number=ANY)
    def renew(self, number):
        self.pass_time(1)
        self.both("renew", self.claim_of(number))

    @rule(
        by_ms=some.sampled_from([1, 200, 399, 400, 601, 1_000]),
        step=some.sampled_from(["promote", "recover"]),
    )
    def time_passes(self, by_ms, step):
        self.pass_time(by_ms)
        self.both(step, TYPES)

    @rule(number=ANY, what=some.sampled_from(["cancel", "replay", "replay"]))
    def control(self, number, what):
        failed = [job_id for job_id, record in self.ours.records.items() if record["state"] == "failed"]
        ids = failed if what == "replay" and failed else [job.id for job in self.jobs]
        if ids:
            self.both(what, ids[number % len(ids)])
