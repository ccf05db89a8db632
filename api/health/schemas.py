"""What the answers about the system itself look like, for the served documents."""

from typing import Literal

from pydantic import Field

from api.jobs import MOMENT_MS, Counts, Links, Schema


class Alive(Schema):
    """This process answers."""

    status: Literal["ok"] = Field(description="Always the same", examples=["ok"])


class DeadSlot(Schema):
    """A process of a worker's pool that shows no sign of life."""

    worker: str = Field(description="Its worker", examples=["worker-4711@host"])
    pid: int = Field(description="Its process on the worker's machine; 0 = it never started", examples=[4712])


class Freshness(Schema):
    """When a queue was last consumed, and by whom it is not."""

    status: Literal["ok", "busy", "not consumed", "dead"] = Field(
        description="Whether it was a moment ago; busy = it was not, as all its slots do what `busy_with` says; "
        "dead = it has slots, and none of them lives",
        examples=["ok"],
    )
    silent_ms: int | None = Field(description="How long ago, ms; null = never", examples=[420])
    busy_with: dict[str, int] = Field(
        description="While it is busy: the types of the jobs that are done, and how many",
        examples=[{"resize_image": 2}],
    )
    dead_slots: list[DeadSlot] = Field(
        description="Slots that showed no sign of life for 10 s. The queue is served as long as others live"
    )


class Readiness(Schema):
    """Whether everything works together."""

    status: Literal["ready", "not ready"] = Field(description="The sum of what follows", examples=["ready"])
    state: Literal["ok", "unavailable"] = Field(description="Whether Redis answers", examples=["ok"])
    broker: Literal["ok", "unavailable"] = Field(description="Whether the broker answers", examples=["ok"])
    queues: dict[str, Freshness] = Field(description="Every queue by its name")


class Backlog(Schema):
    """The queued jobs of one type."""

    queued: int = Field(description="Jobs", examples=[12])
    oldest_ms: int = Field(description="Since when the oldest waits, unix ms", examples=[MOMENT_MS])
    wait_ms: int | None = Field(
        description="How long a new one may wait, ms, guessed from the pace of its type; null = no worker is there",
        examples=[40],
    )


class SlotDoing(Schema):
    """A pool process or thread of a worker, and what it does."""

    worker: str = Field(description="Its worker", examples=["worker-4711@host"])
    queue: str = Field(description="The queue that it serves", examples=["jobs"])
    pid: int = Field(description="Its process on the worker's machine; 0 = it has not started yet", examples=[4712])
    state: Literal["idle", "busy", "dead"] = Field(
        description="dead = it showed no sign of life for 10 s", examples=["busy"]
    )
    type: str | None = Field(
        description="Of the jobs that it does, or did when it was last seen to live; null = it does nothing",
        examples=["resize_image"],
    )
    since_ms: int = Field(description="Since when, unix ms by its worker's clock", examples=[MOMENT_MS])


class Stats(Schema):
    """How much there is of everything."""

    jobs: dict[str, Counts] = Field(description="Jobs by type and state", examples=[{"reserve_stock": {"queued": 1}}])
    paused: dict[str, int] = Field(
        description="What is paused, and since when, unix ms", examples=[{"show:classic": MOMENT_MS}]
    )
    queues: dict[str, int] = Field(
        description="Queued jobs by the queue of their workers", examples=[{"reservations": 0}]
    )
    backlog: dict[str, Backlog] = Field(description="Of each type that has queued jobs, by its name")
    slots: list[SlotDoing] = Field(description="What each slot of each worker does, and since when")
    dead_messages: int | None = Field(
        description="Messages set aside as no worker could read them; null = the broker does not answer", examples=[0]
    )


class Index(Schema):
    """Where things are."""

    name: str = Field(description="What this is", examples=["Usher"])
    version: str = Field(description="Of the program", examples=["0.1.0"])
    links: Links
