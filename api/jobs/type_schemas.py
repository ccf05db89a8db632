"""Schemas of the answers about job types, for the served documents."""

from pydantic import Field

from api.jobs.schemas import Links, Pause, Schema


class Rate(Schema):
    """At most `jobs` jobs start within any `seconds` seconds."""

    jobs: int = Field(description="Jobs that may start in a period", examples=[1])
    seconds: float = Field(description="The length of the period, s", examples=[1.0])


class Limits(Schema):
    """Limits on its jobs; null = no limit."""

    at_once: int | None = Field(description="Jobs that may be active at the same time", examples=[4])
    rate: Rate | None = Field(description="How many may start in a period")


class Type(Limits):
    """A job type, its weight and its limits."""

    type: str = Field(description="Its name", examples=["resize_image"])
    weight: int = Field(description="How many turns it has while other waiting types have one each", examples=[1])
    per_key: Limits = Field(description="The limits of each of its keys")
    paused: bool = Field(description="Its jobs that have not started wait until it is resumed", examples=[False])
    pause: Pause | None = Field(description="Since when, by whom, why; null = it is not paused")
    paused_keys: dict[str, Pause] = Field(description="Its keys that are paused, by name", examples=[{}])
    links: Links


class Types(Schema):
    """Every type that has jobs, a handler or rules."""

    types: list[Type] = Field(description="By name")
