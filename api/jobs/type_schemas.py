"""What the answers about job types look like, for the served documents."""

from pydantic import Field

from api.jobs.schemas import Links, Schema

PAUSED_MS = 1_795_683_600_000  # an example


class Rate(Schema):
    """At most so many jobs start within any so many seconds."""

    jobs: int = Field(description="Jobs", examples=[1.0])
    seconds: float = Field(description="So many seconds, s", examples=[1.0])


class Limits(Schema):
    """What may start; null = no limit."""

    at_once: int | None = Field(description="Jobs that may be active at the same time", examples=[4])
    rate: Rate | None = Field(description="How many may start in a time")


class Type(Limits):
    """A job type, its weight and its limits."""

    type: str = Field(description="Its name", examples=["resize_image"])
    weight: int = Field(description="Turns that it has while others wait that have one each", examples=[1])
    per_key: Limits = Field(description="The limits of each `key` in it")
    paused: bool = Field(description="Its jobs that have not started wait until it is resumed", examples=[False])
    paused_ms: int | None = Field(description="Since when, unix ms; null = it is not paused", examples=[None])
    links: Links


class Types(Schema):
    """Every type that has jobs, a handler or rules."""

    types: list[Type] = Field(description="By name")
