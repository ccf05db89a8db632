"""Schemas of the history by the minute, for the served documents."""

from typing import Annotated, Literal

from pydantic import Field

from api.jobs import MOMENT_MS, Schema

Course = list[int | None]


def _course(meaning: str, example: int) -> object:
    return Field(description=f"{meaning}; one number for each step", examples=[[None, example]])


class Courses(Schema):
    """How it went with a queue or a type. The last three are the highest that were seen at the ends of minutes."""

    created: Annotated[Course, _course("New jobs", 12)]
    completed: Annotated[Course, _course("Jobs that ended well", 11)]
    failed: Annotated[Course, _course("Jobs that failed for good", 0)]
    retried: Annotated[Course, _course("Attempts that failed and are repeated", 1)]
    snoozed: Annotated[Course, _course("Jobs that were given back for later", 0)]
    waiting: Annotated[Course, _course("Queued jobs", 3)]
    oldest_ms: Annotated[Course, _course("How long the oldest of them had waited, ms", 420)]
    running: Annotated[Course, _course("Active jobs", 2)]


class Levels(Schema):
    """The units of a show or product; null where it did not move, or was not on sale."""

    available: Annotated[Course, _course("Free units", 40)]
    held: Annotated[Course, _course("Held units", 4)]
    sold: Annotated[Course, _course("Sold units", 56)]


class History(Schema):
    """All courses of a span; the oldest step first."""

    span: Literal["hour", "day"] = Field(description="Which span", examples=["hour"])
    start_ms: int = Field(description="When the first step begins, unix ms", examples=[MOMENT_MS])
    step_ms: int = Field(description="How long a step is, ms", examples=[60_000])
    recorded_ms: Annotated[Course, _course("How long the time is that the step has counted, ms", 60_000)]
    queues: dict[str, Courses] = Field(description="Each queue by its name; none if a type was asked for")
    types: dict[str, Courses] = Field(description="Types that have done anything, at most 200 in a step")
    inventories: dict[str, Levels] = Field(
        description="Shows and products on sale whose units moved, at most 50 in a step; none if a type or queue was "
        "asked for"
    )
