"""What the answers of /v1 look like, for the served documents. At run time nothing is checked against them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, RootModel

from tasks_app.jobs import State

Links = dict[str, str]
Counts = dict[State, int]


class Shape(BaseModel):
    """A JSON object with these members and no others. `..._ms` are milliseconds, dates in unix time."""

    model_config = ConfigDict(extra="forbid")


class Accepted(Shape):
    """A job was recorded and will be carried."""

    id: str
    state: State
    links: Links


class AcceptedBatch(Shape):
    """Jobs were recorded; their ids are in the order of the request."""

    id: str
    jobs: list[str]
    links: Links


class Taken(RootModel[Accepted | AcceptedBatch]):
    """For one job, and for an array."""


class AttemptError(Shape):
    """Why an attempt failed; `traceback` is null where no handler raised anything."""

    code: str
    message: str
    traceback: str | None


class Attempt(Shape):
    """One attempt at a job; `error` is null while it runs and when it succeeded."""

    started_ms: int | None
    finished_ms: int | None
    worker: str
    error: AttemptError | None


class Job(Shape):
    """
    A job. `result` and `error` are its handler's; `deferred` says why that gave it back, as long as it waits.

    `attempts` are the last ten that ended or run. `in_doubt`: an attempt began an effect on the outside world, and
    nobody knows how it ended.
    """

    id: str
    type: str
    state: State
    title: str | None
    data: dict[str, Any]
    result: Any
    error: dict[str, Any] | None
    deferred: str | None
    progress: int
    progress_data: Any
    priority: int
    attempts: list[Attempt]
    attempts_made: int
    attempts_max: int
    in_doubt: bool
    stalls: int
    ttl_ms: int | None
    target: str | None
    batch: str | None
    worker: str | None
    created_ms: int
    due_ms: int | None
    started_ms: int | None
    finished_ms: int | None
    links: Links


class JobPage(Shape):
    """Some jobs; `cursor` asks for the next ones, null = no more."""

    jobs: list[Job]
    cursor: str | None


class Jobs(Shape):
    """Some jobs of a batch; `next` is the `start` of the next request, null = there are no more."""

    jobs: list[Job]
    next: int | None


class Log(Shape):
    """The last lines that a job's handler logged."""

    lines: list[str]


class Batch(Shape):
    """Jobs that were submitted together. `outcomes` counts complete ones by `outcome`, and failed ones in doubt."""

    id: str
    total: int
    counts: Counts
    outcomes: dict[str, int]
    finished: bool
    paused: bool
    created_ms: int
    links: Links


class CancelledBatch(Batch):
    """A batch, and how many of its jobs were called off now."""

    cancelled: int


class ReplayedBatch(Batch):
    """A batch, and how many of its jobs were queued again now."""

    replayed: int


class Line(Shape):
    """Units of one pool."""

    pool: str
    quantity: int


class Reservation(Shape):
    """What became of a reservation. `refusal` and `error` are there when its state says so."""

    id: str
    state: Literal[
        "queued", "delayed", "active", "held", "confirmed", "released", "expired",
        "refused", "cancelled", "failed", "forgotten",
    ]  # fmt: skip
    target: str
    lines: list[Line]
    customer: str | None
    created_ms: int
    expires_ms: int | None
    finished_ms: int | None
    refusal: dict[str, Any] = {}
    error: dict[str, Any] | None = None
    links: Links


class Inventory(Shape):
    """What shows and products have in common. `version` counts the entries of the ledger."""

    id: str
    name: str
    status: Literal["on_sale", "closed"]
    hold_seconds: float
    hold_max_seconds: float
    max_per_customer: int | None
    version: int
    links: Links


class Numbers(Shape):
    """Units of one pool."""

    capacity: int
    held: int
    sold: int


class Pool(Numbers):
    """One pool of a show."""

    available: int
    price: float | None


class Show(Inventory):
    """A show."""

    pools: dict[str, Pool]


class Shows(Shape):
    """All shows."""

    shows: list[Show]


class Product(Inventory):
    """A product."""

    price: float | None
    initial_quantity: int
    capacity: int
    held: int
    sold: int
    available: int


class Products(Shape):
    """All products."""

    products: list[Product]


class Gate(Shape):
    """Whether the jobs about a show or product wait."""

    target: str
    paused: bool


class LedgerEntry(Shape):
    """One change. `id` is also that of the live event."""

    id: str
    version: int
    event: str
    about: str
    data: dict[str, Any]


class Ledger(Shape):
    """Changes, oldest first; `after` asks for the next ones."""

    entries: list[LedgerEntry]
    after: str | None


class Audit(Shape):
    """Whether the numbers are true; `differences` says what is not."""

    ok: bool
    target: str
    differences: list[str]
    version: int
    pools: dict[str, Numbers]
    holds: dict[Literal["held", "confirmed", "released", "expired"], int]
    customers: int
    entries: int


class Alive(Shape):
    """This process answers."""

    status: Literal["ok"]


class Freshness(Shape):
    """When a queue was last consumed; null = never."""

    status: Literal["ok", "not consumed"]
    silent_ms: int | None


class Readiness(Shape):
    """Whether everything works together."""

    status: Literal["ready", "not ready"]
    state: Literal["ok", "unavailable"]
    broker: Literal["ok", "unavailable"]
    queues: dict[str, Freshness]


class Stats(Shape):
    """Jobs by type and state, gates closed since when, messages by queue; null = the broker does not answer."""

    jobs: dict[str, Counts]
    paused: dict[str, int]
    queues: dict[str, int] | None
    dead_messages: int | None
