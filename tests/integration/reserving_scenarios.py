"""Generated scenarios of jobs about reservations: what is submitted, worked at, paused, lost, and made impossible."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as some

from tasks_app.jobs.job import Backoff, NewJob
from tasks_app.state import inventory_keys, keys
from tests.integration.both_ways import TARGETS, TYPES, BothWays

SHOW = "show:1"


def about(job_type: str, job_id: str, target: str = SHOW, **options: Any) -> NewJob:
    """A job as the API makes it; without data, a reservation of one unit of `floor`."""
    data = options.pop("data", {"lines": [{"pool": "floor", "quantity": 1}]})
    return NewJob(job_type, data, job_id, target=target, **options)


LINES = some.lists(
    some.builds(
        lambda pool, quantity: {"pool": pool, "quantity": quantity},
        some.sampled_from(["floor"] * 5 + ["balcony"] * 3 + ["cellar"]),
        some.integers(1, 4),
    ),
    min_size=1,
    max_size=3,
)


RESERVED = some.fixed_dictionaries(
    {"lines": LINES},
    optional={
        "customer": some.sampled_from(["one", "two", "Zoë \U0001f3ad", None]),
        "hold_seconds": some.sampled_from([0.04, 0.25, 0.251, 0.0625, 0.0005, None]),
        "sell": some.booleans(),
        "strict": some.booleans(),
    },
)


RESERVATION_IDS = some.sampled_from([f"r{n}" for n in range(12)] + ["nothing"])
CHANGES = {
    "confirm": some.fixed_dictionaries({"reservation": RESERVATION_IDS}, optional={"reacquire": some.booleans()}),
    "extend": some.fixed_dictionaries(
        {"reservation": RESERVATION_IDS, "seconds": some.sampled_from([0.05, 0.15, 1.5, 0.0125])}
    ),
    "reduce": some.fixed_dictionaries({"reservation": RESERVATION_IDS, "lines": LINES}),
    "release": some.fixed_dictionaries({"reservation": RESERVATION_IDS}),
}


UNUSUAL: list[dict[str, Any]] = [
    *({},) * 12,
    *({"metadata": {"order": order}} for order in ("4711", 5, 2.5)),
    {"batch": "b"},
    {"priority": -10},
    {"attempts": 3, "backoff": Backoff("fixed", 10)},
    {"ttl_ms": 60_000},
    {"delay_ms": 30},
    {"data": {"lines": "none"}},
    {"data": {"lines": [{"pool": "floor", "quantity": 0}]}},
    {"data": {"lines": [{"pool": "floor", "quantity": 1}], "hold_seconds": -1}},
]


TARGET = some.sampled_from([*TARGETS * 3, "show:none", ""])


@some.composite
def submissions(draw: some.DrawFn) -> tuple[str, Any]:
    """One request with one or more jobs, which may have the ids of reservations that other jobs are about."""
    jobs = []
    for _ in range(draw(some.integers(1, 6))):
        job_type = draw(some.sampled_from([*TYPES[:2] * 4, *TYPES[2:]]))
        data = draw(RESERVED if job_type.startswith("reserve") else CHANGES[job_type])
        job_id = draw(some.sampled_from([f"r{n}" for n in range(12)])) if job_type.startswith("reserve") else ""
        jobs.append((job_type, job_id, draw(TARGET), {"data": data, **draw(some.sampled_from(UNUSUAL))}))

    return ("submit", jobs)


STEPS = some.one_of(
    submissions(),
    submissions(),
    some.tuples(some.just("work"), some.sampled_from([TYPES] * 5 + [(one,) for one in TYPES])),
    some.tuples(some.just("advance"), some.sampled_from([1, 40, 100, 700])),
    some.sampled_from(
        [
            *(("pause", group) for group in (SHOW, "batch:b", "type:reserve_seat")),
            *(("resume", group) for group in (SHOW, "batch:b", "type:reserve_seat")),
            *(("shift", units) for units in (-100, 100)),
            ("promote", TYPES),
            ("expire", 10),
            ("lose", "r1"),
        ]
    ),
)


def take(both: BothWays, step: tuple[str, Any]) -> None:
    """One step of a scenario."""
    name, what = step
    state = both.state
    does: dict[str, Callable[[], object]] = {
        "submit": lambda: submit(both, what),
        "work": lambda: both.work(what),
        "advance": lambda: both.advance(what),
        "pause": lambda: both.usher.controls.pause(what),
        "resume": lambda: (both.usher.controls.resume(what), both.store.reinstate()),
        "shift": lambda: state.hincrby(
            inventory_keys.inventory(SHOW, "pool"), "floor:held", what
        ),  # to impossible numbers, and back
        "promote": lambda: both.store.promote(what),
        "expire": lambda: both.inventory.agenda.expire(what),
        "lose": lambda: state.hdel(inventory_keys.inventory(SHOW, "holds"), what),
    }
    does[name]()


def submit(both: BothWays, jobs: list[tuple[str, str, str, dict[str, Any]]]) -> None:
    for job_type, job_id, target, options in jobs:
        count = both.state.incr("count")
        name = job_id or f"job{count}"
        if both.state.exists(keys.job(name)):
            name = f"again{count}"
        both.submit([about(job_type, name, target, **options)])


def floor(quantity: int, **options: Any) -> dict[str, Any]:
    """The data of a reservation of so many units of `floor`."""
    return {"lines": [{"pool": "floor", "quantity": quantity}], **options}
