"""What Kue's answers look like, for the served documents."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, RootModel
from pydantic.alias_generators import to_camel

from api.jobs import MOMENT_MS, Schema
from api.kue.names import KueState

Moment = Annotated[str, Field(description="A moment, unix ms as text; left out = not yet", examples=[str(MOMENT_MS)])]
Span = Annotated[str, Field(description="ms, as text; left out = none", examples=["5000"])]


class KueAttempts(Schema):
    """How often a job was tried."""

    made: int = Field(description="Attempts that ended", examples=[0])
    remaining: int = Field(description="Attempts that are left", examples=[1])
    max: int = Field(description="The most attempts that it may have", examples=[1])


class KueShown(Schema):
    """A job, as it is now."""

    id: int = Field(description="Its number", examples=[3])
    type: str = Field(description="Which handler does it", examples=["push_notification_code"])
    data: dict[str, Any] = Field(description="What the handler gets", examples=[{"title": "Code for ada"}])
    result: Any = Field(None, description="What the handler returned", examples=[{"sent": True}])
    priority: int = Field(description="Lower numbers run first", examples=[0])
    progress: str | int = Field(description="How far it is, percent: a text, or the number 0", examples=["100"])
    progress_data: Any = Field(None, description="What the handler reported with its progress", examples=[{"page": 1}])
    state: KueState = Field(description="Where the job is", examples=["inactive"])
    error: str = Field("", description="Why the last attempt failed: its traceback, or a sentence", examples=["boom"])
    created_at: Moment
    promote_at: Moment
    updated_at: Moment
    failed_at: Moment = ""
    started_at: Moment = ""
    duration: Span = ""
    delay: Span = ""
    workerId: str = Field("", description="Which worker did it", examples=["worker-812@host"])  # noqa: N815 Kue's name
    ttl: Span = ""
    attempts: KueAttempts = Field(description="How often it was tried")


class KueList(RootModel[list[KueShown]]):
    """Jobs, sorted by their numbers."""


class KueNumbers(RootModel[list[str]]):
    """The numbers of the jobs that were found, as texts."""


class KueLines(RootModel[list[str]]):
    """The lines that the handler logged."""


class KueTypes(RootModel[list[str]]):
    """The types that have jobs."""


class KueStats(Schema):
    """How many jobs are in each state, and how long workers worked."""

    model_config = ConfigDict(alias_generator=to_camel)

    inactive_count: int = Field(description="Jobs that wait for a worker", examples=[4])
    complete_count: int = Field(description="Jobs that are done", examples=[69])
    active_count: int = Field(description="Jobs that a worker has", examples=[2])
    failed_count: int = Field(description="Jobs without an attempt left", examples=[0])
    delayed_count: int = Field(description="Jobs that wait for a time", examples=[1])
    work_time: int = Field(description="How long workers worked on jobs, ms", examples=[20_892])


class KueCount(Schema):
    """How many jobs of one type are in one state."""

    count: int = Field(description="How many jobs", examples=[4])


class KueDone(Schema):
    """It was done."""

    message: str = Field(description="What was done", examples=["job 3 removed"])


class KueCreated(KueDone):
    """The job was made."""

    id: int = Field(description="Its number", examples=[3])


class KueFailure(Schema):
    """It was not done."""

    error: str = Field(description="Why not", examples=["Must provide job type"])


class KueMade(RootModel[KueCreated | list[KueCreated]]):
    """For one job, and for an array."""


class KueRefused(RootModel[KueFailure | list[KueCreated | KueFailure]]):
    """For one job, and for an array in the order of the request; those with an id were made."""
