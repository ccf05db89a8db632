"""Schemas of the answers about workers, for the served documents."""

from typing import Literal

from pydantic import Field

from api.jobs import MOMENT_MS, Links, Schema

WORKER = "worker-4711@host"


class Wish(Schema):
    """What an operator wishes of a worker."""

    since_ms: int = Field(description="Since when, unix ms", examples=[MOMENT_MS])
    by: str | None = Field(
        description="Who: the owner of the key; null where nobody needs a key; for a command its user", examples=["ana"]
    )
    reason: str | None = Field(description="Why", examples=["release 2026-11-28"])


class WorkerSlot(Schema):
    """A pool process or thread, and what it does."""

    queue: str = Field(description="The queue that it serves", examples=["jobs"])
    pid: int = Field(description="Its process on the worker's machine; 0 = it has not started yet", examples=[4712])
    state: Literal["idle", "busy", "dead"] = Field(
        description="dead = it showed no sign of life for 10 s", examples=["busy"]
    )
    type: str | None = Field(
        description="The type of the jobs that it does, or did when last seen alive; null = it does nothing",
        examples=["resize_image"],
    )
    since_ms: int = Field(
        description="Since when it does this job, looks for one, or is idle; unix ms by its worker's clock",
        examples=[MOMENT_MS],
    )
    job: str | None = Field(
        description="The job that it does; of several at once the first; null = it does none, or one script decides "
        "its jobs",
        examples=["mxvudqekqp5vobqtyvyxgpxg3m"],
    )
    jobs: int = Field(description="How many jobs it does at once", examples=[1])


class WorkerFacts(Schema):
    """A worker's process."""

    name: str = Field(description="Its name", examples=[WORKER])
    state: Literal["working", "quiet", "stopping", "silent"] = Field(
        description="quiet = it starts no job, as an operator wishes; stopping = it finishes what it does and ends; "
        "silent = it showed no sign of life for 3 s: it is frozen, killed or cut off",
        examples=["working"],
    )
    host: str = Field(description="Its machine, or its container", examples=["host"])
    pid: int = Field(description="The number of its main process there", examples=[4711])
    queues: list[str] = Field(description="The queues that it serves", examples=[["jobs"]])
    release: str = Field(description="`USHER_RELEASE` there, or its version of Usher", examples=["0.1.0"])
    since_ms: int = Field(description="When it started, unix ms by its own clock", examples=[MOMENT_MS])
    seen_ms: int = Field(description="When it last showed a sign of life, unix ms", examples=[MOMENT_MS])
    quiet: Wish | None = Field(description="Who wishes that it starts no job; null = nobody")
    stop: Wish | None = Field(description="Who stops it; null = no operator")


class Worker(WorkerFacts):
    """A worker's process, and what its slots do."""

    slots: list[WorkerSlot] = Field(description="Its slots; none while it is silent")
    links: Links


class Workers(Schema):
    """The workers' processes."""

    workers: list[Worker] = Field(description="By name, at most 500")
    count: int = Field(description="How many processes there are", examples=[3])
