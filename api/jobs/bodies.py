"""The bodies of jobs of any type, and the jobs that they ask for."""

from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import AfterValidator, Discriminator, Field, model_validator
from pydantic import Tag as Branch

from api.access import caller
from api.http import (
    BATCH,
    Body,
    Cursor,
    FindingQuery,
    JobId,
    Limit,
    LongBody,
    Metadata,
    Moment,
    Since,
    Whole,
)
from tasks_app.jobs import Backoff, NewJob, State, Unique, WantedJobs, bounds
from tasks_app.text import dates, encoded

LATER, LATER_MS = "2126-12-01T09:00[Europe/Berlin]", 4_952_563_200_000  # examples: the same moment, far in the future
Milliseconds = Annotated[Whole, Field(ge=bounds.WAIT_MS.least, le=bounds.WAIT_MS.most)]
DelayMs = Annotated[Milliseconds, Field(description="How long until it is due, ms from now")]
Attempts = Annotated[
    Whole, Field(ge=bounds.ATTEMPTS.least, le=bounds.ATTEMPTS.most, description="The most attempts that it may have")
]
TypeName = Annotated[
    str,
    Field(pattern=f"^{bounds.TYPE_NAME.pattern}$", description="The name under which a handler is registered"),
]
PriorityNumber = Annotated[Whole, Field(ge=bounds.PRIORITY.least, le=bounds.PRIORITY.most)]
PriorityName = Literal["low", "normal", "medium", "high", "critical"]
JobText = Annotated[str, Field(min_length=bounds.CHARACTERS.least, max_length=bounds.CHARACTERS.most)]
Target = Annotated[str, Field(pattern=r"^(show|product):[A-Za-z0-9_.-]{1,64}$")]
Key = Annotated[
    JobText | None,
    Field(description="Whose it is, e.g. a tenant's or customer's: the keys of a type take turns, and may have limits"),
]
# The form of the value picks the branch, so a fault is reported once, for that branch. problems.py leaves <...> out.
Priority = Annotated[
    Annotated[PriorityNumber, Branch("<number>")] | Annotated[PriorityName, Branch("<name>")],
    Discriminator(lambda given: "<name>" if isinstance(given, str) else "<number>"),
    Field(description="Lower numbers run first; low = 10, normal = 0, medium = -5, high = -10, critical = -15"),
]


def _not_of_ours(name: str) -> str:
    if bounds.is_reserved(name):
        raise ValueError(bounds.RESERVED)
    return name


def _sayable(data: dict[str, Any]) -> dict[str, Any]:
    try:
        encoded(data)  # 1e999 is read as infinity, which JSON cannot express
    except ValueError as error:
        raise ValueError(bounds.unsayable(error)) from error
    return data


OtherData = Annotated[dict[str, Any], AfterValidator(_sayable), Field(description="What the handler gets")]
Data = Annotated[OtherData, Field(default_factory=dict)]


def _moment(text: str) -> str:
    dates.unix_ms(text)
    return text


UnixMs = Annotated[
    Annotated[Whole, AfterValidator(dates.checked_ms)] | None,
    Field(description="When it is due, unix ms; not before 2000", examples=[LATER_MS]),
]
DueAt = Annotated[
    Annotated[str, AfterValidator(_moment), Field(max_length=dates.LONGEST)] | None,
    Field(description=f"The same as text: {dates.FORM}", examples=[LATER]),
]


class BackoffBody(Body):
    """The wait before the next attempt."""

    kind: Literal["fixed", "exponential"] = Field("exponential", description="`exponential` doubles with each attempt")
    delay_ms: Milliseconds = Field(1_000, description="The first wait, ms")
    max_ms: Milliseconds = Field(600_000, description="The longest wait, ms")
    jitter: Annotated[float, Field(ge=bounds.JITTER.least, le=bounds.JITTER.most)] | None = Field(
        None, description="The share of each wait that is random; by default 0 if fixed, else 0.5"
    )


UniqueSeconds = Annotated[float, Field(ge=bounds.UNIQUE_SECONDS[0], le=bounds.UNIQUE_SECONDS[1])]


class UniqueBody(Body):
    """Only one job of its type has this key at a time."""

    key: Annotated[JobText, Field(description="The key, such as `report-7`")]
    while_: Annotated[
        Annotated[UniqueSeconds, Branch("<number>")] | Annotated[Literal["queued", "unfinished"], Branch("<name>")],
        Discriminator(lambda given: "<name>" if isinstance(given, str) else "<number>"),
        Field(
            alias="while",
            description="How long it keeps the key: until it starts (`queued`), until it is over, or this many s",
        ),
    ] = "unfinished"
    on_conflict: Literal["return", "replace", "refuse"] = Field(
        "return",
        description="If another has it: `return` that one; `replace` it with this, if it waits; `refuse`: 409",
    )

    def unique(self) -> Unique:
        """In the record's form."""
        lasting = self.while_ if isinstance(self.while_, str) else bounds.lasting_ms(self.while_)
        return Unique(self.key, lasting, self.on_conflict, caller().owner)


class JobBody(Body):
    """One job. It has at most one of `due_ms` and `due`."""

    type: Annotated[TypeName, AfterValidator(_not_of_ours)]
    data: Data
    key: Key = None
    priority: Priority = 0
    attempts: Attempts = 1
    backoff: BackoffBody | None = Field(None, description="The wait before the next attempt; by default there is none")
    delay_ms: DelayMs = 0
    due_ms: UnixMs = None
    due: DueAt = None
    ttl_ms: Milliseconds = Field(0, description="The longest time in `active`, ms; 0 = no limit")
    title: JobText | None = Field(None, description="A name for people")
    metadata: Metadata
    unique: UniqueBody | None = Field(None, description="A key that only this job may have; by default none")

    @model_validator(mode="after")
    def _one_date(self) -> Self:
        due_of(self)
        return self


class Dated(Protocol):
    """A body that may name a date."""

    due: str | None
    due_ms: int | None


def due_of(body: Dated) -> int:
    """When it is due, unix ms; 0 = it names no date. Raises ValueError when it names two."""
    if body.due is not None and body.due_ms is not None:
        raise ValueError("must have `due` or `due_ms`, not both")
    return dates.unix_ms(body.due) if body.due is not None else body.due_ms or 0


OneOrMany = Annotated[
    Annotated[JobBody, Branch("<one>")] | Annotated[list[JobBody], *BATCH, Branch("<many>")],
    Discriminator(lambda given: "<many>" if isinstance(given, list) else "<one>"),
]


class JobsBody(LongBody):
    """One job, or several as a batch."""

    root: OneOrMany


class ListQuery(FindingQuery):
    """Which jobs: those to which all of this applies."""

    q: JobText | None = Field(
        None, description="Only jobs with this text in their id, title, type, target, customer or declared metadata"
    )
    state: State | None = Field(None, description="Only jobs in this state; by default in any")
    type: TypeName | None = Field(None, description="Only jobs of this type; by default of all")
    target: Target | None = Field(None, description="Only jobs about this: `show:ID` or `product:ID`")
    batch: JobId | None = Field(None, description="Only jobs of this batch")
    code: JobText | None = Field(
        None,
        description="Only jobs whose last attempt failed with this code, such as `time_limit`, or with this exception: "
        "`error:ValueError`",
    )
    since: Since = None
    until: Annotated[Moment | None, Field(description="Made before this, in the same form")] = None
    cursor: Cursor = ""
    limit: Annotated[Limit, Field(description="At most this many jobs")] = 50

    def wanted(self, keys: tuple[str, ...]) -> WantedJobs:
        """The same for the list; `keys` are the declared keys of metadata."""
        return WantedJobs(
            state=self.state,
            type=self.type or "",
            target=self.target or "",
            batch=self.batch or "",
            code=self.code or "",
            text=self.q or "",
            keys=keys,
            metadata=self.metadata,
            since_ms=int(self.since or 0),
            until_ms=int(self.until) if self.until else None,
        )


def new_job(body: JobBody, job_id: str, fingerprint: str, batch: str = "") -> NewJob:
    """The job that this body asks for."""
    return NewJob(
        type=body.type,
        data=body.data,
        id=job_id,
        fingerprint=fingerprint,
        request=fingerprint if batch else "",
        batch=batch,
        key=body.key or "",
        priority=priority_number(body.priority),
        attempts=body.attempts,
        backoff=Backoff(**body.backoff.model_dump()) if body.backoff else None,
        delay_ms=body.delay_ms,
        due_ms=due_of(body),
        ttl_ms=body.ttl_ms,
        title=body.title or "",
        metadata=body.metadata,
        unique=body.unique.unique() if body.unique else None,
    )


def priority_number(priority: int | str) -> int:
    """The number of a priority; each of Kue's names stands for one."""
    return bounds.priority(priority)
