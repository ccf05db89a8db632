"""What the answers of /v1 look like, for the served documents. At run time nothing is checked against them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from tasks_app.jobs import State

ID, MOMENT_MS = "mfzwizlomfzwizlomfzwizlomf", 1_795_683_600_000  # examples
Links = Annotated[
    dict[str, str],
    Field(description="Paths to read next: `self`, `events`, ...", examples=[{"self": f"/v1/jobs/{ID}"}]),
]
Counts = dict[State, int]
JobId = Annotated[str, Field(description="The job's id, 26 characters", examples=[ID])]
BatchId = Annotated[str, Field(description="The batch's id, 26 characters", examples=[ID])]
JobState = Annotated[State, Field(description="Where the job is", examples=["queued"])]
Target = Annotated[str, Field(description="`show:<id>` or `product:<id>`", examples=["product:2"])]
Customer = Annotated[str | None, Field(description="Whose it is; null = nobody was named", examples=["ada"])]
Created = Annotated[int, Field(description="When it was recorded, unix ms", examples=[MOMENT_MS])]
Due = Annotated[int | None, Field(description="When it is due, unix ms; null = at once", examples=[None])]
Started = Annotated[int | None, Field(description="When it began, unix ms; null = not yet", examples=[MOMENT_MS + 5])]
Finished = Annotated[int | None, Field(description="When it ended, unix ms; null = not yet", examples=[MOMENT_MS + 9])]
Price = Annotated[float | None, Field(description="Of one unit, in the currency of your choice", examples=[100.0])]
Count = Annotated[int, Field(examples=[10])]


class Shape(BaseModel):
    """A JSON object with these members and no others."""

    model_config = ConfigDict(extra="forbid")


class Accepted(Shape):
    """A job was recorded and will be carried."""

    id: JobId
    state: JobState
    links: Links


class AcceptedBatch(Shape):
    """Jobs were recorded; their ids are in the order of the request."""

    id: BatchId
    jobs: list[str] = Field(description="The ids of its jobs", examples=[[ID]])
    links: Links


class Taken(RootModel[Accepted | AcceptedBatch]):
    """For one job, and for an array."""


class AttemptError(Shape):
    """Why an attempt failed."""

    code: str = Field(description="What went wrong, for programs", examples=["time_limit"])
    message: str = Field(description="The same for people", examples=["It took longer than its time limit"])
    traceback: str | None = Field(description="Where the handler raised it; null = no handler did", examples=[None])


class Attempt(Shape):
    """One attempt at a job."""

    started_ms: Started
    finished_ms: Finished
    worker: str = Field(description="Which worker did it", examples=["worker-812@host"])
    error: AttemptError | None = Field(description="Why it failed; null = it runs, or succeeded", examples=[None])


class Job(Shape):
    """A job, as it is now."""

    id: JobId
    type: str = Field(description="Which handler does it", examples=["push_notification_code"])
    state: JobState
    title: str | None = Field(description="A name for people; null = none was given", examples=["Code for ada"])
    data: dict[str, Any] = Field(description="What the handler is given", examples=[{"phoneNumber": "4155550100"}])
    result: Any = Field(description="What the handler returned; null = nothing yet", examples=[None])
    error: dict[str, Any] | None = Field(
        description="Why it failed or was cancelled: `code`, `message`; null = it did not", examples=[None]
    )
    deferred: str | None = Field(description="Why a handler gave it back, as long as it waits", examples=[None])
    progress: int = Field(description="How far it is, percent", examples=[100])
    progress_data: Any = Field(description="What the handler told with its progress", examples=[None])
    priority: int = Field(description="Lower numbers run first", examples=[0])
    attempts: list[Attempt] = Field(description="The last ten attempts that ended or run")
    attempts_made: int = Field(description="Attempts that began", examples=[1])
    attempts_max: int = Field(description="Attempts that it may have", examples=[3])
    in_doubt: bool = Field(
        description="An attempt began an effect on the outside world, and nobody knows how it ended", examples=[False]
    )
    stalls: int = Field(description="How often its worker went silent", examples=[0])
    ttl_ms: int | None = Field(description="The longest time in `active`, ms; null = no limit", examples=[None])
    target: str | None = Field(description="The show or product that it is about", examples=[None])
    batch: str | None = Field(description="The batch that it came with", examples=[None])
    worker: str | None = Field(description="Which worker has it, or had it last", examples=["worker-812@host"])
    created_ms: Created
    due_ms: Due
    started_ms: Started
    finished_ms: Finished
    links: Links


class JobPage(Shape):
    """Some jobs."""

    jobs: list[Job] = Field(description="Newest first")
    cursor: str | None = Field(description="The `cursor` of the next page; null = there are no more", examples=[None])


class Jobs(Shape):
    """Some jobs of a batch."""

    jobs: list[Job] = Field(description="In the order of the request that made the batch")
    next: int | None = Field(description="The `start` of the next request; null = there are no more", examples=[None])


class Log(Shape):
    """The last lines that a job's handler logged."""

    lines: list[str] = Field(description="Oldest first", examples=[["page 1 of 2"]])


class Batch(Shape):
    """Jobs that were submitted together."""

    id: BatchId
    total: int = Field(description="Jobs in it", examples=[2])
    counts: Counts = Field(description="Jobs in each state", examples=[{"queued": 1, "complete": 1}])
    outcomes: dict[str, int] = Field(
        description="Complete jobs by their `outcome`, and failed ones that are `in_doubt`", examples=[{"sent": 1}]
    )
    finished: bool = Field(description="No job of it waits or runs", examples=[False])
    paused: bool = Field(description="Jobs of it that have not started wait until it is resumed", examples=[False])
    created_ms: Created
    links: Links


class CancelledBatch(Batch):
    """A batch, and how many of its jobs were called off now."""

    cancelled: int = Field(description="Jobs called off by this request", examples=[1])


class ReplayedBatch(Batch):
    """A batch, and how many of its jobs were queued again now."""

    replayed: int = Field(description="Jobs queued again by this request", examples=[1])


class Line(Shape):
    """Units of one pool."""

    pool: str = Field(description="The pool's name; of a product `stock`", examples=["stock"])
    quantity: int = Field(description="Units", examples=[2])


class Reservation(Shape):
    """What became of a reservation."""

    id: str = Field(description="The reservation's id, which is that of its job", examples=[ID])
    state: Literal[
        "queued", "delayed", "active", "held", "confirmed", "released", "expired",
        "refused", "cancelled", "failed", "forgotten",
    ] = Field(description="Where it is; only what is `held` or `confirmed` takes units", examples=["held"])  # fmt: skip
    target: Target
    lines: list[Line] = Field(description="What was asked for: all of it is held, or none")
    customer: Customer
    created_ms: Created
    expires_ms: int | None = Field(
        description="When the hold ends by itself, unix ms; null = it holds nothing", examples=[MOMENT_MS + 600_000]
    )
    finished_ms: Finished
    refusal: dict[str, Any] = Field({}, description="If refused: the code, and the numbers behind it", examples=[{}])
    error: dict[str, Any] | None = Field(None, description="If failed: `code` and `message`", examples=[None])
    links: Links


class Inventory(Shape):
    """What shows and products have in common."""

    id: str = Field(description="Its id", examples=["2"])
    name: str = Field(description="Its name, for people", examples=["Suitcase 450"])
    status: Literal["on_sale", "closed"] = Field(description="Whether it takes new reservations", examples=["on_sale"])
    hold_seconds: float = Field(description="How long a hold lasts unless asked otherwise, s", examples=[600.0])
    hold_max_seconds: float = Field(description="A hold's longest life, extensions included, s", examples=[7200.0])
    max_per_customer: int | None = Field(
        description="Units that one customer may have, held and sold together; null = no limit", examples=[None]
    )
    version: int = Field(description="How many changes its ledger has", examples=[3])
    links: Links


class Numbers(Shape):
    """Units of one pool."""

    capacity: Count = Field(description="Units in all")
    held: Count = Field(description="Units held for customers")
    sold: Count = Field(description="Units sold")


class Pool(Numbers):
    """One pool of a show."""

    available: Count = Field(description="Units that are free")
    price: Price


class Show(Inventory):
    """A show."""

    pools: dict[str, Pool] = Field(description="Its pools by their names")


class Shows(Shape):
    """All shows."""

    shows: list[Show] = Field(description="In the order of their ids")


class Product(Inventory):
    """A product."""

    price: Price
    initial_quantity: Count = Field(description="Units that it started with")
    capacity: Count = Field(description="Units in all")
    held: Count = Field(description="Units held for customers")
    sold: Count = Field(description="Units sold")
    available: Count = Field(description="Units that are free")


class Products(Shape):
    """All products."""

    products: list[Product] = Field(description="In the order of their ids")


class Gate(Shape):
    """Whether the jobs about a show or product wait."""

    target: Target
    paused: bool = Field(description="Jobs about it wait until it is resumed", examples=[True])


class LedgerEntry(Shape):
    """One change."""

    id: str = Field(description="The entry's id, also that of the live event", examples=["1795683600000-0"])
    version: int = Field(description="Its number, from 1 on and without gaps", examples=[3])
    event: str = Field(description="What happened", examples=["held"])
    about: str = Field(description="The id of the job that made it", examples=[ID])
    data: dict[str, Any] = Field(description="The numbers of the change", examples=[{"customer": "ada"}])


class Ledger(Shape):
    """Some changes."""

    entries: list[LedgerEntry] = Field(description="Oldest first")
    after: str | None = Field(description="Asks for the next ones; null = there is none yet", examples=[None])


class Audit(Shape):
    """Whether the numbers are true."""

    ok: bool = Field(description="There are no differences", examples=[True])
    target: Target
    differences: list[str] = Field(description="What is not true, a sentence each", examples=[[]])
    version: int = Field(description="How many changes its ledger has", examples=[3])
    pools: dict[str, Numbers] = Field(description="Its pools by their names, counted anew")
    holds: dict[Literal["held", "confirmed", "released", "expired"], int] = Field(
        description="Reservations in each state", examples=[{"held": 1}]
    )
    customers: int = Field(description="Customers that have units", examples=[1])
    entries: int = Field(description="Ledger entries that were read", examples=[3])


class Alive(Shape):
    """This process answers."""

    status: Literal["ok"] = Field(description="Always the same", examples=["ok"])


class Freshness(Shape):
    """When a queue was last consumed."""

    status: Literal["ok", "not consumed"] = Field(description="Whether it was a moment ago", examples=["ok"])
    silent_ms: int | None = Field(description="How long ago, ms; null = never", examples=[420])


class Readiness(Shape):
    """Whether everything works together."""

    status: Literal["ready", "not ready"] = Field(description="The sum of what follows", examples=["ready"])
    state: Literal["ok", "unavailable"] = Field(description="Whether Redis answers", examples=["ok"])
    broker: Literal["ok", "unavailable"] = Field(description="Whether the broker answers", examples=["ok"])
    queues: dict[str, Freshness] = Field(description="Every queue by its name")


class Stats(Shape):
    """How much there is of everything."""

    jobs: dict[str, Counts] = Field(description="Jobs by type and state", examples=[{"reserve_stock": {"queued": 1}}])
    paused: dict[str, int] = Field(
        description="What is paused, and since when, unix ms", examples=[{"show:classic": MOMENT_MS}]
    )
    queues: dict[str, int] | None = Field(
        description="Messages that wait in each queue; null = the broker does not answer",
        examples=[{"reservations": 0}],
    )
    dead_messages: int | None = Field(
        description="Messages set aside as no worker could read them; null = the broker does not answer", examples=[0]
    )


class Index(Shape):
    """Where things are."""

    name: str = Field(description="What this is", examples=["Usher"])
    version: str = Field(description="Of the program", examples=["0.1.0"])
    links: Links
