"""Failed jobs by type and kind of error: how many there are alike, since when, and how often."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field

from api.http import Parameters, answer, openapi, usher
from api.jobs.bodies import TypeName
from api.jobs.schemas import MOMENT_MS, Schema
from tasks_app.jobs import Failures

blueprint = openapi.blueprint("failures", "/v1/failures", "Which jobs failed alike.", tag="jobs")


class FailuresQuery(Parameters):
    """Which groups, and over what time their courses go."""

    span: Literal["hour", "day"] = Field(
        "hour", description="hour = 60 minutes, day = 96 quarters of an hour; the last one is not over"
    )
    type: TypeName | None = Field(None, description="Only jobs of this type; by default of all")
    limit: Annotated[int, Field(ge=1, le=200, description="At most this many groups, those of most jobs")] = 50


class FailureGroup(Schema):
    """Failed jobs of one type and kind of error."""

    type: str = Field(description="Their type", examples=["resize_image"])
    code: str | None = Field(
        description="The code of their error, or `error:` and the class of an exception, as `code` of `GET /v1/jobs` "
        "takes it; null = all that are not among the hundred codes of the type",
        examples=["error:ValueError"],
    )
    count: int = Field(description="How many jobs there are now", examples=[12])
    first_ms: int = Field(description="When the first of them failed, unix ms", examples=[MOMENT_MS])
    last_ms: int = Field(description="When the last of them failed, unix ms", examples=[MOMENT_MS])
    message: str = Field(
        description="What the last one says, in one line of at most 200 characters",
        examples=["ValueError: a path is needed"],
    )
    jobs: list[str] = Field(description="Ids of the last five, the newest first", examples=[["a" * 26]])
    course: list[int] = Field(description="How many of these jobs failed in each step", examples=[[0, 3, 9]])


class FailuresAnswer(Schema):
    """The groups of most jobs."""

    span: Literal["hour", "day"] = Field(description="The time of the courses", examples=["hour"])
    start_ms: int = Field(description="When the first step begins, unix ms", examples=[MOMENT_MS])
    step_ms: int = Field(description="How long a step is, ms", examples=[60_000])
    count: int = Field(description="Failed jobs", examples=[12])
    ungrouped: int = Field(
        description="How many of these jobs are in no group yet: after an upgrade, for some minutes", examples=[0]
    )
    groups_count: int = Field(description="The number of groups", examples=[1])
    groups: list[FailureGroup] = Field(description="Those of most jobs first")


@blueprint.get("", responses=openapi.responses({200: FailuresAnswer}))
def list_failures(query: FailuresQuery) -> Response:
    """
    Failed jobs by type and kind of error, counted exactly: a job that is replayed or forgotten leaves its group.

    `course` counts the jobs that are in the group now; `/v1/history` counts failures, replayed or not.
    """
    return answer(as_json(usher().failures.read(query.span, query.type or "", query.limit)), 200)


def as_json(found: Failures) -> dict[str, Any]:
    """The JSON of the groups."""
    told = asdict(found)
    for one in told["groups"]:
        one["code"] = one.pop("kind") or None
    return told
