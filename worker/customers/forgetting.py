"""
Forgets a customer, step by step: ledgers with what is held and sold, jobs, their events, subscriptions.

May be killed anywhere: each part is a script that leaves everything whole, what was done is noted after it, and a part
that is done again finds nothing. docs/privacy.md says what is replaced and what stays.
"""

import re
import time

from tasks_app.customers import OPEN, OVER, Forgettings, KnownCustomers, Progress
from tasks_app.inventory import Wanted
from tasks_app.jobs import groups, messages
from tasks_app.program import own_usher
from tasks_app.text import JsonObject
from tasks_app.usher import Usher
from worker.customers.lock import locked
from worker.customers.rewriting import LostLockError, Rewriting, Subject, TooManyError
from worker.jobs import ActiveJob, Answer, Completed, Failed, Snooze, handler

WAIT_MS = 500  # until it asks again whether another customer is still being forgotten
PART_SECONDS = 120.0  # then it goes back into the queue: an attempt is limited, the walk is not
SHOWN = 10  # ids of what is in the way
LEDGERS, JOBS, EVENTS = "ledgers", "jobs", "events"
AN_ID = re.compile(r"[a-z2-7]{26}")
WHY = {
    "suppressions": "So that nobody writes to this address; DELETE /v1/suppressions/CHANNEL/ADDRESS removes it.",
    "archive": "Files of the archive stay as they were written.",
    "unfinished_jobs": "They came meanwhile and need the name. Ask again when they are over.",
    "sales": "The ledger and what is sold stay, under the pseudonym: the sums must be right.",
}


@handler(messages.FORGET_CUSTOMER)
def forget(job: ActiveJob) -> Answer:
    """
    Job data: {"customer": the pseudonym}; the name is beside the record (Forgettings), as nothing may keep it.

    Result: {"outcome": "forgotten", "customer", "replaced": {what: how many}, "kept": [{"what", "why", ...}]}, or
    refused: customer_busy {held, unfinished, reservations, jobs}, too_many_reservations {target}. Nothing is changed
    for a customer who is busy. Raises StateUnavailableError.
    """
    usher = own_usher()
    requests = usher.part(_requests)
    progress = requests.read(job.id)
    if progress.result is not None:
        return Completed(progress.result)
    if progress.name is None:
        return Failed("It was asked for too long ago: ask again.")
    with locked(usher.connections.worker_state) as token:
        if not token:
            return Snooze("another customer is being forgotten", WAIT_MS)
        subject = Subject(token, progress.name, job.data["customer"])
        try:
            result = _Work(usher, job.id, subject, progress).do()
        except LostLockError:
            return Snooze("another worker has taken over", WAIT_MS)
        except TooManyError as error:
            result = {"outcome": "refused", "code": "too_many_reservations", **error.context}
        if result is None:
            return Snooze("it goes on", 0)
        requests.end(job.id, result)
        return Completed(result)


def _requests(usher: Usher) -> Forgettings:
    return Forgettings(usher.connections.worker_state)


def _rewriting(usher: Usher) -> Rewriting:
    return Rewriting(usher.connections.worker_state)


class _Work:
    """One attempt at it."""

    def __init__(self, usher: Usher, job_id: str, subject: Subject, progress: Progress) -> None:
        self._usher, self._job_id, self._subject, self._progress = usher, job_id, subject, progress
        self._requests, self._rewriting = usher.part(_requests), usher.part(_rewriting)
        self._known = KnownCustomers(usher.connections.worker_state, usher.suppressions, usher.settings.channel_names())
        self._until = time.monotonic() + PART_SECONDS

    def do(self) -> JsonObject | None:
        """The result; None: it has to go on later. Raises LostLockError, TooManyError, StateUnavailableError."""
        if not self._progress.place:
            if refusal := self._busy():
                return refusal
            self._note(LEDGERS, "")
        if self._step == LEDGERS and not self._rename_in_ledgers():
            return None
        if self._step == JOBS and not self._forget_jobs():
            return None
        self._end_pauses()
        self._count("events", self._rewriting.events(self._subject))
        self._rewriting.end()
        name = self._subject.name
        if AN_ID.fullmatch(name):  # browsers are addressed by the ids of their subscriptions
            self._usher.subscriptions.delete(name)
        return self._result()

    @property
    def _step(self) -> str:
        return self._progress.place[0]

    def _busy(self) -> JsonObject | None:
        """A refusal, if something of the customer is under way."""
        name, held, cursor = self._subject.name, list[str](), ""
        while True:
            page = self._usher.reservation_lists.page(Wanted(customer=name, state="held"), cursor, 200)
            held += [one.id for one in page.reservations]
            cursor = page.cursor
            if not cursor:
                break
        unfinished = {job_id for job_id, state in self._known.jobs(name, OPEN) if state in OPEN}
        if not held and not unfinished:
            return None
        shown: JsonObject = {"reservations": held[:SHOWN], "jobs": sorted(unfinished)[:SHOWN]}
        return {
            "outcome": "refused",
            "code": "customer_busy",
            "held": len(held),
            "unfinished": len(unfinished),
            **shown,
        }

    def _rename_in_ledgers(self) -> bool:
        for target in self._known.targets():
            if target <= self._progress.place[1]:
                continue
            if any(True for _ in self._known.changes(target, self._subject.name)):
                try:
                    holds, changes = self._rewriting.inventory(target, self._subject)
                except TooManyError as error:
                    raise TooManyError(target=target) from error
                self._count("reservations", holds)
                self._count("changes", changes)
            self._note(LEDGERS, target)
            if time.monotonic() > self._until:
                return False
        self._note(JOBS, "")
        return True

    def _forget_jobs(self) -> bool:
        for job_type in self._known.types():
            if job_type <= self._progress.place[1]:
                continue
            for state in (*OPEN, *OVER):
                for ids in self._known.ids(job_type, state):
                    changed, unfinished = self._rewriting.jobs(ids, self._subject)
                    self._count("jobs", changed)
                    self._count("unfinished", unfinished)
            self._note(JOBS, job_type)
            if time.monotonic() > self._until:
                return False
        self._note(EVENTS, "")
        return True

    def _end_pauses(self) -> None:
        """Of keys that are the name: they would go on naming the customer, and none of these jobs waits any more."""
        for group in self._usher.jobs.pauses():
            if groups.has_key(group, self._subject.name):
                self._usher.controls.resume(group)

    def _result(self) -> JsonObject:
        counts, kept = self._progress.counts, list[JsonObject]()
        if counts.get("changes"):
            kept.append({"what": "sales", "count": counts["changes"], "why": WHY["sales"]})
        if listed := self._known.suppressions(self._subject.name):
            channels = [one["channel"] for one in listed]
            kept.append(
                {"what": "suppressions", "count": len(listed), "channels": channels, "why": WHY["suppressions"]}
            )
        if unfinished := counts.get("unfinished"):
            kept.append({"what": "unfinished_jobs", "count": unfinished, "why": WHY["unfinished_jobs"]})
        if self._usher.archive:
            kept.append({"what": "archive", "count": None, "why": WHY["archive"]})
        replaced = {name: counts.get(name, 0) for name in ("reservations", "changes", "jobs", "events")}
        return {"outcome": "forgotten", "customer": self._subject.pseudonym, "replaced": replaced, "kept": kept}

    def _count(self, what: str, number: int) -> None:
        self._progress.counts[what] = self._progress.counts.get(what, 0) + number

    def _note(self, step: str, where: str) -> None:
        self._progress.place = [step, where]
        self._requests.note(self._job_id, self._progress)
