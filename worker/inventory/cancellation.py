"""Cancels a show: ends its sale, then asks, in one batch, for the release of every reservation and tells the customers.

May be killed anywhere and repeated. The ids of the batch's jobs follow from the batch and the reservation or customer,
so a job that was taken in before is known; and each request that goes in is taken whole or not at all.
"""

import time
from collections.abc import Iterator
from itertools import chain

from tasks_app.configuration import DEFAULT_CHANNEL
from tasks_app.inventory import Hold
from tasks_app.jobs import PUSH_NOTIFICATION, Backoff, NewJob, messages
from tasks_app.notifications import TTL_SECONDS, Wording
from tasks_app.program import own_usher
from tasks_app.state import connections
from tasks_app.text import JsonObject
from tasks_app.usher import Usher
from worker.inventory.reservations import inventory, result
from worker.jobs import ActiveJob, handler

AT_ONCE = 100  # reservations in one request: with as many notifications, it joins the next write of all callers
MESSAGE_CHARACTERS, TITLE_CHARACTERS = 10_000, 200
ATTEMPTS, BACKOFF = 10, Backoff(delay_ms=10_000)
KNOWN_BY = "cancellation"  # the fingerprint of these jobs: those that were taken in before are known by it


@handler(messages.CANCEL_INVENTORY)
def cancel(job: ActiveJob) -> JsonObject:
    """
    Job data: {"batch": its id, "notify": {"channel", "message", "title"} or null}.

    Result: {"outcome": "cancelled", "batch", "held", "confirmed", "customers"}: the reservations that it found, and how
    many customers it tells; after a worker died over it, those that were left. Raises StateUnavailableError,
    QueueFullError: then some jobs of the batch may be missing, and it has to be repeated.
    """
    with connections.translated():
        decision = inventory().cancel(job.target, job.id, job.data["batch"])
    if decision.code:
        return result(decision)
    usher, batch, notice = own_usher(), str(decision.data["batch"]), job.data["notify"]
    name = usher.inventories.read(job.target).name
    counts, told = {"held": 0, "confirmed": 0}, set[str]()
    for holds in _some_at_once(usher.inventories.live_holds(job.target)):
        asked = list(chain.from_iterable(_jobs(usher, batch, job.target, hold, notice, name, told) for hold in holds))
        usher.intake.submit(asked)
        for hold in holds:
            counts[hold.state] += 1
    return {"outcome": "cancelled", "batch": batch, **counts, "customers": len(told)}


def _jobs(
    usher: Usher, batch: str, target: str, hold: Hold, notice: JsonObject, name: str, told: set[str]
) -> Iterator[NewJob]:
    """Release this hold; and tell its customer, unless an earlier hold has. `told` are those who are told."""
    common: JsonObject = {"batch": batch, "fingerprint": KNOWN_BY, "request": KNOWN_BY}
    if notice and hold.customer and hold.customer not in told:
        told.add(hold.customer)
        attempts = usher.channels.terms(notice["channel"]).attempts
        yield NewJob(
            PUSH_NOTIFICATION,
            _content(notice, hold.customer, name),
            usher.identity.derived_id(batch, "tell", hold.customer),
            attempts=attempts,
            backoff=BACKOFF if attempts > 1 else None,
            **common,
        )
    yield NewJob(
        messages.RELEASE,
        {"reservation": hold.id},
        usher.identity.derived_id(batch, "release", hold.id),
        target=target,
        attempts=ATTEMPTS,
        backoff=BACKOFF,
        **common,
    )


def _content(notice: JsonObject, customer: str, name: str) -> JsonObject:
    """The data of a notification (worker/notifications/notifications.py)."""
    gaps = {"customer": customer, "show": name}
    data = {"to": customer, "message": Wording(notice["message"]).filled(gaps, MESSAGE_CHARACTERS)[:MESSAGE_CHARACTERS]}
    if notice["channel"] != DEFAULT_CHANNEL:
        data["channel"] = notice["channel"]
    if notice["title"]:
        data["title"] = Wording(notice["title"]).filled(gaps, TITLE_CHARACTERS)[:TITLE_CHARACTERS]
    return {**data, "expires_ms": int((time.time() + TTL_SECONDS) * 1000)}


def _some_at_once(holds: Iterator[Hold]) -> Iterator[list[Hold]]:
    few: list[Hold] = []
    for hold in holds:
        few.append(hold)
        if len(few) == AT_ONCE:
            yield few
            few = []
    if few:
        yield few
