"""
`python -m benchmarks.footprint`: bytes of memory that a finished job takes in all, and in which keys.

The scripts write what they would for a web process and a slot, on a server of its own; no process runs between them.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import redis

from benchmarks.memory import by_family
from benchmarks.processes import valkey
from tasks_app.configuration import read_settings
from tasks_app.inventory import reservation_ids
from tasks_app.jobs import Intake, NewJob, fresh_id, messages
from tasks_app.state import LAYOUT, keys
from worker.inventory import Definition, InventoryStore
from worker.jobs import Claim, Decider, JobStore, Settlement, Slot

JOBS = 2_000
TYPE, SHOW, WORKER = "no_op", "show:gala", "worker-1@host.example"
FAMILIES = {
    "record": "{jobs}:job:*",
    "events": "{jobs}:events*",
    "index": "{jobs}:index:*",
    "complete": "{jobs}:complete:*",
    "ledger": "{jobs}:show:*:log",
    "hold": "{jobs}:show:*:holds",
    "deadline": "{jobs}:show:*:exp",
    "customer": "{jobs}:show:*:cust",
    "found": "{jobs}:found:*",
}


def jobs(client: redis.Redis, at_once: int) -> None:
    """Jobs of a user's type with small data and no result, so many per request and per chunk."""
    intake, store, claims = (
        Intake(client, lambda _: None, read_settings()),
        JobStore(client, read_settings()),
        list[Claim](),
    )
    for first in range(0, JOBS, at_once):
        intake.submit([NewJob(TYPE, {"n": first + n}) for n in range(at_once)])
        done = [Settlement(claim, "complete") for claim in claims]
        claims = store.turn(Slot(TYPE, messages.JOBS, WORKER, 60_000, "turn"), at_once, done).claims
    store.settle([Settlement(claim, "complete") for claim in claims])


def reservations(client: redis.Redis, at_once: int) -> None:
    """Reservations of one show, each of another customer, one per request and so many per decision; all are held."""
    InventoryStore(client).create(SHOW, Definition("Gala", {"floor": JOBS}, 3_600_000, 3_600_000))
    intake, decider = Intake(client, lambda _: None, read_settings()), Decider(client)
    for number in range(1, JOBS + 1):
        data = {"lines": [{"pool": "floor", "quantity": 1}], "customer": f"customer-{number}"}
        job_id = reservation_ids.carrying(fresh_id(), SHOW)
        intake.submit([NewJob(messages.RESERVE_SEAT, data, job_id, target=SHOW)])
        if number % at_once == 0:
            decider.decide(Slot(messages.RESERVE_SEAT, messages.RESERVATIONS, WORKER, 0, "turn"), at_once)


CASES: Mapping[str, tuple[Callable[[redis.Redis, int], None], int]] = {
    "job, 100 at once": (jobs, 100),
    "job, one at once": (jobs, 1),
    "reservation, 20 at once": (reservations, 20),
    "reservation, one at once": (reservations, 1),
}


def main() -> int:
    """Measure and print."""
    found = {}
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        _, port = stack.enter_context(valkey(Path(directory)))
        client = stack.enter_context(redis.Redis(port=port, decode_responses=True))
        for case, (work, at_once) in CASES.items():
            client.flushall()
            client.hset(keys.layout(), "version", str(LAYOUT))
            work(client, at_once)
            sizes = by_family(client, FAMILIES)
            found[case] = {family: size / JOBS for family, size in sizes.items()}
    print(f"{'bytes of a finished':20}" + "".join(f"{case:>26}" for case in found))
    for family in FAMILIES:
        print(f"{family:20}" + "".join(f"{sizes[family]:>26.0f}" for sizes in found.values()))
    print(f"{'all':20}" + "".join(f"{sum(sizes.values()):>26.0f}" for sizes in found.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
