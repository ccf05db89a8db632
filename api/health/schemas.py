"""Schemas of the answers about the system itself, for the served documents."""

from typing import Literal

from pydantic import Field

from api.health.worker_schemas import Wish, WorkerFacts, WorkerSlot
from api.jobs import MOMENT_MS, Counts, Links, Pause, Schema


class Alive(Schema):
    """This process answers."""

    status: Literal["ok"] = Field(description="Always the same", examples=["ok"])


class DeadSlot(Schema):
    """A process of a worker's pool that shows no sign of life."""

    worker: str = Field(description="Its worker", examples=["worker-4711@host"])
    pid: int = Field(description="Its process on the worker's machine; 0 = it never started", examples=[4712])


class QuietWorker(Wish):
    """A worker that starts no job, and who wishes that."""

    worker: str = Field(description="Its name", examples=["worker-4711@host"])


class Freshness(Schema):
    """Whether a queue is consumed, and which of its slots are dead."""

    status: Literal["ok", "busy", "not consumed", "dead", "quiet"] = Field(
        description="ok = it was consumed a moment ago; busy = it was not, since all its slots do what `busy_with` "
        "says; dead = it has slots, and none that may start jobs is alive; quiet = operators wish that none of its "
        "workers starts a job",
        examples=["ok"],
    )
    silent_ms: int | None = Field(description="How long ago, ms; null = never", examples=[420])
    busy_with: dict[str, int] = Field(
        description="If busy: the types of the jobs that its slots do, and how many of each",
        examples=[{"resize_image": 2}],
    )
    quiet: list[QuietWorker] = Field(
        description="Its workers that start no job, as operators wish. The queue is served as long as others do"
    )
    dead_slots: list[DeadSlot] = Field(
        description="Slots that showed no sign of life for 10 s. The queue is served as long as others are alive"
    )


class Readiness(Schema):
    """Whether everything works together."""

    status: Literal["ready", "not ready"] = Field(description="The sum of the checks below", examples=["ready"])
    state: Literal["ok", "refuses writes", "unavailable"] = Field(
        description="Whether Redis answers; refuses writes = it answers reads, and takes no changes", examples=["ok"]
    )
    broker: Literal["ok", "unavailable"] = Field(description="Whether the broker answers", examples=["ok"])
    queues: dict[str, Freshness] = Field(description="Every queue by its name")


class Backlog(Schema):
    """The queued jobs of one type."""

    queued: int = Field(description="Jobs", examples=[12])
    oldest_ms: int = Field(description="Since when the oldest waits, unix ms", examples=[MOMENT_MS])
    wait_ms: int | None = Field(
        description="How long a new one may wait, ms, estimated from the pace of its type; null = it has no worker",
        examples=[40],
    )
    unpaused_oldest_ms: int | None = Field(
        description="Since when the oldest waits that no pause holds back, unix ms; null = a pause holds all back",
        examples=[MOMENT_MS],
    )
    is_known: bool = Field(
        description="Whether a live worker or a processor knows the type; if not, its jobs wait for one",
        examples=[True],
    )


class SlotDoing(WorkerSlot):
    """A slot of a worker, and what it does."""

    worker: str = Field(description="Its worker", examples=["worker-4711@host"])
    quiet: bool = Field(description="Its worker starts no job, as an operator wishes", examples=[False])


class Rates(Schema):
    """How much a minute, over the last one or two minutes."""

    created: float = Field(description="New jobs", examples=[12.0])
    completed: float = Field(description="Jobs that ended well", examples=[11.5])
    failed: float = Field(description="Jobs that failed for good", examples=[0.5])
    retried: float = Field(description="Attempts that failed and are repeated", examples=[0.0])
    snoozed: float = Field(description="Jobs that were given back for later", examples=[0.0])


class OnSale(Schema):
    """A show or product on sale, and the units of all its pools."""

    target: str = Field(description="`show:ID` or `product:ID`", examples=["show:hamlet"])
    name: str = Field(description="Its name", examples=["Hamlet"])
    capacity: int = Field(description="All units", examples=[100])
    held: int = Field(description="Held units", examples=[4])
    sold: int = Field(description="Sold units", examples=[56])
    available: int = Field(description="Free units", examples=[40])
    paused: bool = Field(description="Whether jobs about it wait", examples=[False])


class FoundFault(Schema):
    """Something is wrong."""

    check: str = Field(description="The check that found it", examples=["work.unconsumed_queues"])
    level: Literal["warning", "error"] = Field(description="How bad it is", examples=["error"])
    what: str = Field(description="What is wrong, a sentence", examples=["Nobody consumes the queue jobs."])
    remedy: str = Field(description="What to do, a sentence", examples=["Start a worker: usher worker."])


class Unseen(Schema):
    """What a check could not look at."""

    check: str = Field(description="The check", examples=["work.unreadable_messages"])
    why: str = Field(description="Why, a sentence", examples=["BrokerUnavailableError: the broker does not answer."])


class Findings(Schema):
    """What is wrong."""

    status: Literal["ok", "warning", "error"] = Field(description="The worst that was found", examples=["ok"])
    findings: list[FoundFault] = Field(description="What was found")
    looked_at: list[str] = Field(description="The checks that looked", examples=[["work.waiting_jobs"]])
    unseen: list[Unseen] = Field(description="What could not be looked at; that is no fault")


class Stats(Schema):
    """The numbers of the whole system."""

    jobs: dict[str, Counts] = Field(description="Jobs by type and state", examples=[{"reserve_stock": {"queued": 1}}])
    paused: dict[str, Pause] = Field(description="What is paused, such as `show:classic`; since when, by whom, why")
    queues: dict[str, int] = Field(
        description="Queued jobs by the queue of their workers", examples=[{"reservations": 0}]
    )
    backlog: dict[str, Backlog] = Field(description="For each type that has queued jobs, by its name")
    rates: dict[str, Rates] = Field(description="For each type that did anything, by its name; none at the first start")
    on_sale: list[OnSale] = Field(
        description="Shows and products on sale, at most 50: of few all, of more than 100 those with units held"
    )
    slots: list[SlotDoing] = Field(description="What each slot of each worker does, and since when")
    workers: list[WorkerFacts] = Field(description="The workers' processes by name, at most 500")
    dead_messages: int | None = Field(
        description="Messages set aside, which no worker could read; null = the broker does not answer", examples=[0]
    )


class DeadMessage(Schema):
    """A message on a queue that no worker could read."""

    id: str = Field(description="Follows from all of it", examples=["9f86d081884c7d659a2feaa0c55ad015"])
    queue: str = Field(description="Where it was; empty = unknown", examples=["jobs"])
    reason: str = Field(description="Why it could not be read", examples=["it is not JSON"])
    time_ms: int | None = Field(
        description="When it was set aside, unix ms by its worker's clock; null = unknown", examples=[MOMENT_MS]
    )
    raw: str = Field(description="Its text; bytes that are no text stand as escapes", examples=["rubbish {"])
    characters: int = Field(
        description="How long the text is of which `raw` is the beginning; the number of its characters", examples=[9]
    )


class DeadMessages(Schema):
    """Messages that no worker could read."""

    messages: list[DeadMessage] = Field(description="Newest first")
    count: int = Field(description="How many messages are kept", examples=[1])


class DroppedMessage(Schema):
    """A message that is no longer kept."""

    id: str = Field(description="Its id", examples=["9f86d081884c7d659a2feaa0c55ad015"])
    dropped: bool = Field(description="Always true", examples=[True])


class Index(Schema):
    """The index of the API."""

    name: str = Field(description="The program", examples=["Usher"])
    version: str = Field(description="Its version", examples=["0.1.0"])
    links: Links
