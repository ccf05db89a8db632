"""Schemas of the answers about jobs. The tests compare each answer with them; at run time nothing does."""

from collections.abc import Callable
from operator import attrgetter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from api.http import LeftOut
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
Created = Annotated[int, Field(description="When it was recorded, unix ms", examples=[MOMENT_MS])]
Due = Annotated[int | None, Field(description="When it is due, unix ms; null = at once", examples=[None])]
Started = Annotated[int | None, Field(description="When it started, unix ms; null = not yet", examples=[MOMENT_MS + 5])]
Finished = Annotated[int | None, Field(description="When it ended, unix ms; null = not yet", examples=[MOMENT_MS + 9])]


Metadata = Annotated[dict[str, Any], Field(description="The caller's own words about it", examples=[{"order": "4711"}])]


class Schema(BaseModel):
    """A JSON object with these members and no others."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def reader(cls, source: type, *others: str) -> Callable[[Any], dict[str, Any]]:
        """
        Make a function that reads the members of this schema from a `source`, which has the same names. It leaves out
        the `others`, which its caller may add. Raises TypeError for a member that the source does not have.
        """
        names = tuple(name for name in cls.model_fields if name not in others)
        if missing := [name for name in names if not hasattr(source, name)]:
            raise TypeError(f"{source.__name__} has no {', '.join(missing)}; {cls.__name__} asks for it")
        values = attrgetter(*names)
        return lambda found: dict(zip(names, values(found), strict=True))


class Accepted(Schema):
    """A job was recorded and will be done."""

    id: JobId
    state: JobState
    links: Links


class UniqueConflict(Schema):
    """A job was not recorded, since another one holds its unique key and stands for it."""

    place: int = Field(description="Its place in the request; the first is 0", examples=[0])
    job: str = Field(description="The id of the job that stands for it", examples=[ID])
    conflict: Literal["returned", "replaced"] = Field(
        description="`replaced`: that job now has the content of this one", examples=["returned"]
    )


class AcceptedBatch(Schema):
    """Jobs were recorded; their ids are in the order of the request."""

    id: BatchId
    jobs: list[str] = Field(description="The ids of its jobs, or of those that stand for them", examples=[[ID]])
    links: Links


class AcceptedJobs(AcceptedBatch):
    """Jobs were recorded, or others stand for them."""

    conflicts: list[UniqueConflict] = Field(description="Jobs for which others stand", examples=[[]])


class Taken(RootModel[Accepted | AcceptedJobs]):
    """For one job, and for an array."""


class AttemptError(Schema):
    """Why an attempt failed."""

    code: str = Field(description="What went wrong, for programs: see *Errors of jobs* above", examples=["time_limit"])
    message: str = Field(description="The same for people", examples=["It took longer than its time limit"])
    traceback: str | None = Field(description="Where the handler raised it; null = no handler did", examples=[None])


class Attempt(Schema):
    """One attempt at a job."""

    started_ms: Started
    finished_ms: Finished
    worker: str = Field(description="Which worker did it", examples=["worker-812@host"])
    error: AttemptError | None = Field(description="Why it failed; null = it runs, or succeeded", examples=[None])


class Unique(Schema):
    """The key that only this job has, and for how long."""

    key: str = Field(description="The key", examples=["report-7"])
    while_: Literal["queued", "unfinished"] | float = Field(
        alias="while", description="`queued`: until it starts. A number: this many s after it came", examples=["queued"]
    )


class WaitingFor(Schema):
    """Why a job has not started. What is not known of this kind of wait is null."""

    what: Literal["time", "pause", "worker", "limit", "turn"] = Field(
        description="`worker`: for one that knows its type. `limit`: that of its key or type", examples=["turn"]
    )
    until_ms: int | None = Field(
        description="For a time, the limit `rate`, and a pause that ends by itself: until when, unix ms",
        examples=[None],
    )
    group: str | None = Field(
        description="Which jobs are paused, as `type:resize_image`, `queue:jobs`, `key:resize_image/acme`",
        examples=[None],
    )
    since_ms: int | None = Field(description="Since when it is paused, unix ms", examples=[None])
    by: str | None = Field(description="The owner of the key that paused it", examples=[None])
    reason: str | None = Field(description="Why it is paused", examples=[None])
    limit: Literal["at_once", "rate"] | None = Field(description="Which limit", examples=[None])
    key: str | None = Field(description="The key whose limit it is; null = its type's", examples=[None])
    place: int | None = Field(description="Its place among the queued jobs; 1 = it is next", examples=[3])
    expected_ms: int | None = Field(
        description="When it may start, unix ms, estimated from the pace of its type and the number of slots",
        examples=[MOMENT_MS],
    )


class Asked(BaseModel):
    """What a job asked for, of the fields that an edit changed."""

    model_config = ConfigDict(extra="forbid")

    data: dict[str, Any] = Field({}, description="What the handler got", examples=[{"phoneNumber": "415"}])
    priority: int = Field(0, description="Lower numbers run first", examples=[0])
    attempts: int = Field(1, description="The most attempts that it might have", examples=[1])
    title: str | None = Field(None, description="A name for people; null = none", examples=["Code for ada"])
    metadata: dict[str, Any] = Field({}, description="The caller's own words about it", examples=[{"order": "4711"}])
    due_ms: int | None = Field(None, description="When it was due, unix ms; null = at once", examples=[MOMENT_MS])


class Edit(Schema):
    """A change of what a job asks for."""

    edited_ms: int = Field(description="When, unix ms", examples=[MOMENT_MS])
    by: str | None = Field(description="The owner of the key; null = no key was needed", examples=["ops"])
    before: Asked = Field(description="What it asked for before, of the fields that changed")


class Job(Schema):
    """A job, as it is now."""

    id: JobId
    type: str = Field(description="Which handler does it", examples=["push_notification_code"])
    state: JobState
    title: str | None = Field(description="A name for people; null = none was given", examples=["Code for ada"])
    metadata: Metadata
    data: dict[str, Any] = Field(description="What the handler gets", examples=[{"phoneNumber": "4155550100"}])
    result: Any = Field(description="What the handler returned; null = nothing yet", examples=[None])
    error: dict[str, Any] | None = Field(
        description="Why it failed or was cancelled: `code`, `message`; null = it did not", examples=[None]
    )
    snoozed: str | None = Field(description="Why a handler snoozed it, while it waits", examples=[None])
    progress: int = Field(description="How far it is, percent", examples=[100])
    progress_data: Any = Field(description="What the handler reported with its progress", examples=[None])
    priority: int = Field(description="Lower numbers run first", examples=[0])
    attempts: list[Attempt] = Field(description="The last ten attempts that ended or run")
    attempts_made: int = Field(description="Attempts that started", examples=[1])
    attempts_max: int = Field(description="The most attempts that it may have", examples=[3])
    in_doubt: bool = Field(
        description="An attempt began an effect on the outside world, and nobody knows how it ended", examples=[False]
    )
    stalls: int = Field(description="How often its worker went silent", examples=[0])
    ttl_ms: int | None = Field(description="The longest time in `active`, ms; null = no limit", examples=[None])
    target: str | None = Field(description="The show or product that it is about", examples=[None])
    batch: str | None = Field(description="The batch that it came with", examples=[None])
    unique: Unique | None = Field(description="Only this job of its type has this key; null = it is not unique")
    key: str | None = Field(description="Whose it is; the keys of a type take turns", examples=[None])
    waiting_for: WaitingFor | None = Field(description="Why it has not started; null = it has, or is over")
    worker: str | None = Field(description="Which worker has it, or had it last", examples=["worker-812@host"])
    replay_of: str | None = Field(description="The complete job of which this is a copy", examples=[None])
    edits: list[Edit] = Field(description="The last five changes of what it asks for, oldest first")
    created_ms: Created
    due_ms: Due
    started_ms: Started
    finished_ms: Finished
    links: Links


class ListedJob(Job):
    """A job in a list, where what is large of it is left out."""

    data: dict[str, Any] | None = Field(  # type: ignore[assignment]
        description="What the handler gets; null = it is left out", examples=[{"phoneNumber": "4155550100"}]
    )
    attempts: list[Attempt] | None = Field(  # type: ignore[assignment]
        description="The last ten attempts that ended or run; null = they are left out"
    )
    edits: list[Edit] | None = Field(  # type: ignore[assignment]
        description="The last five changes of what it asks for, oldest first; null = they are left out"
    )
    left_out: LeftOut


class JobPage(Schema):
    """Some jobs."""

    jobs: list[ListedJob] = Field(description="Newest first")
    cursor: str | None = Field(description="The `cursor` of the next page; null = there are no more", examples=[None])


class Jobs(Schema):
    """Some jobs of a batch."""

    jobs: list[ListedJob] = Field(description="In the order of the request that made the batch")
    next: int | None = Field(description="The `start` of the next request; null = there are no more", examples=[None])


class Forgotten(Schema):
    """A job whose record was dropped."""

    id: JobId
    forgotten: bool = Field(description="Always true", examples=[True])


class Log(Schema):
    """The last lines that a job's handler logged."""

    lines: list[str] = Field(description="Oldest first", examples=[["page 1 of 2"]])


class Pause(Schema):
    """A pause."""

    since_ms: int = Field(description="Since when, unix ms", examples=[MOMENT_MS])
    by: str | None = Field(description="The owner of the key that paused it; null = unknown", examples=["ops"])
    reason: str | None = Field(description="Why; null = nobody said", examples=["the printer is broken"])
    until_ms: int | None = Field(
        description="When it ends by itself, unix ms; null = when somebody resumes it", examples=[None]
    )


class Batch(Schema):
    """Jobs that were submitted together."""

    id: BatchId
    type: str | None = Field(
        description="The type of its first job; null = that job is forgotten", examples=["push_notification"]
    )
    total: int = Field(description="Jobs in it", examples=[2])
    counts: Counts = Field(description="Jobs in each state", examples=[{"queued": 1, "complete": 1}])
    outcomes: dict[str, int] = Field(
        description="Complete jobs by their `outcome`, and failed ones that are `in_doubt`", examples=[{"sent": 1}]
    )
    finished: bool = Field(description="None of its jobs waits or runs", examples=[False])
    paused: bool = Field(description="Its jobs that have not started wait until it is resumed", examples=[False])
    pause: Pause | None = Field(description="Since when, by whom, why; null = it is not paused")
    created_ms: Created
    links: Links


class BatchPage(Schema):
    """Some batches."""

    batches: list[Batch] = Field(description="Those of which a job changed last first")
    cursor: str | None = Field(description="The `cursor` of the next page; null = there are no more", examples=[None])


class CancelledBatch(Batch):
    """A batch, and how many of its jobs this request cancelled."""

    cancelled: int = Field(description="Jobs that this request cancelled", examples=[1])


class ReplayedBatch(Batch):
    """A batch, and how many of its jobs this request queued again."""

    replayed: int = Field(description="Jobs that this request queued again", examples=[1])
