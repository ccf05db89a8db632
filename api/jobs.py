"""Jobs of any type: submit one or many, look, list, change, cancel."""

import time
from typing import Annotated, Any, Literal, Protocol, Self

from flask import Response, abort
from pydantic import AfterValidator, Discriminator, Field, model_validator
from pydantic import Tag as Branch

from api import shapes, submission, waiting
from api.answers import answer
from api.contract import gives, room
from api.long_bodies import LongBody, canonical
from api.models import BATCH, Body, JobPath, Parameters, Seconds, Text, Whole
from api.problems import invalid_part
from tasks_app import controls, dates, messages, queries
from tasks_app.breaks import with_breaks
from tasks_app.encoding import encoded
from tasks_app.identity import derived_id
from tasks_app.jobs import FINAL, PRIORITIES, Backoff, Job, NewJob, State, Unique, fresh_id

blueprint = room("jobs", "/v1/jobs", "Jobs of any type: submit, look, list, change, cancel.")

LATER, LATER_MS = "2126-12-01T09:00[Europe/Berlin]", 4_952_563_200_000  # examples: the same moment, far away
Milliseconds = Annotated[Whole, Field(ge=0, le=31_536_000_000)]
DelayMs = Annotated[Milliseconds, Field(description="How long to wait before it is due, ms from now")]
Attempts = Annotated[Whole, Field(ge=1, le=1_000, description="Attempts that it may have")]
TypeName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_. -]{0,63}$", description="The name under which a handler is registered"),
]
PriorityNumber = Annotated[Whole, Field(ge=-1_000_000, le=1_000_000)]
PriorityName = Literal["low", "normal", "medium", "high", "critical"]
Key = Annotated[
    Text | None,
    Field(description="Whose it is, e.g. a tenant or customer: the keys of a type take turns, and may have limits"),
]
# Which branch is meant is seen at once, so that a fault is told once, of that branch. problems.py leaves <...> out.
Priority = Annotated[
    Annotated[PriorityNumber, Branch("<number>")] | Annotated[PriorityName, Branch("<name>")],
    Discriminator(lambda given: "<name>" if isinstance(given, str) else "<number>"),
    Field(description="Lower numbers run first; low = 10, normal = 0, medium = -5, high = -10, critical = -15"),
]


def _not_of_ours(name: str) -> str:
    if name in messages.OWN_TYPES or name == messages.CANARY or name.startswith("celery."):
        raise ValueError("names a type of Usher's own, whose jobs other routes submit")
    return name


def _sayable(data: dict[str, Any]) -> dict[str, Any]:
    try:
        encoded(data)  # 1e999 is read as infinite, which JSON cannot say again
    except ValueError as error:
        raise ValueError(f"cannot be kept: {error}") from error
    return data


Data = Annotated[
    dict[str, Any], AfterValidator(_sayable), Field(default_factory=dict, description="What the handler is given")
]


def _moment(text: str) -> str:
    dates.unix_ms(text)
    return text


UnixMs = Annotated[
    Annotated[Whole, AfterValidator(dates.checked_ms)] | None,
    Field(description="When it is due, unix ms; not before 2000", examples=[LATER_MS]),
]
Due = Annotated[
    Annotated[str, AfterValidator(_moment), Field(max_length=dates.LONGEST)] | None,
    Field(description=f"The same as text: {dates.FORM}", examples=[LATER]),
]


class BackoffBody(Body):
    """The wait before the next attempt."""

    kind: Literal["fixed", "exponential"] = Field("exponential", description="`exponential` doubles with each attempt")
    delay_ms: Milliseconds = Field(1_000, description="The first wait, ms")
    max_ms: Milliseconds = Field(600_000, description="The longest wait, ms")
    jitter: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="The share of each wait that is left to chance; by default 0 if fixed, else 0.5"
    )


class UniqueBody(Body):
    """Of its type only one job at a time has this key."""

    key: Annotated[Text, Field(description="Which: `report-7`, say")]
    while_: Annotated[
        Annotated[Seconds, Branch("<number>")] | Annotated[Literal["queued", "unfinished"], Branch("<name>")],
        Discriminator(lambda given: "<name>" if isinstance(given, str) else "<number>"),
        Field(
            alias="while",
            description="How long it has the key: until it begins (`queued`), until it is over, or for so many s",
        ),
    ] = "unfinished"
    on_conflict: Literal["return", "replace", "refuse"] = Field(
        "return",
        description="If another has it: that one stands for this, or becomes what this asks for if it waits, or 409",
    )

    def unique(self) -> Unique:
        """As the record has it."""
        lasting = self.while_ if isinstance(self.while_, str) else int(self.while_ * 1000)
        return Unique(self.key, lasting, self.on_conflict)


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
    due: Due = None
    ttl_ms: Milliseconds = Field(0, description="The longest time in `active`, ms; 0 = no limit")
    title: Text | None = Field(None, description="A name for people")
    unique: UniqueBody | None = Field(None, description="It is to be the only one with a key; by default it is not")

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
        raise ValueError("a date is given as `due` or as `due_ms`, not as both")
    return dates.unix_ms(body.due) if body.due is not None else body.due_ms or 0


OneOrMany = Annotated[
    Annotated[JobBody, Branch("<one>")] | Annotated[list[JobBody], *BATCH, Branch("<many>")],
    Discriminator(lambda given: "<many>" if isinstance(given, list) else "<one>"),
]


class JobsBody(LongBody):
    """One job, or several as a batch."""

    root: OneOrMany


class PriorityBody(Body):
    """A new priority; lower numbers run first."""

    priority: Priority


class ListQuery(Parameters):
    """Which jobs."""

    state: State | None = Field(None, description="Those in this state; by default in any")
    type: TypeName | None = Field(None, description="Those of this type; by default of all")
    cursor: Annotated[str, Field(max_length=200, description="The `cursor` of the page before; empty = begin")] = ""
    limit: Annotated[int, Field(ge=1, le=500, description="Jobs at most")] = 50


KNOWN = gives({200: shapes.Job}, "job_not_found")
CHANGED = gives({200: shapes.Job}, "job_not_found", "illegal_transition")
TAKEN = gives({200: shapes.Job, 202: shapes.Taken}, "batch_too_large", "too_many_types", "not_unique", submits=True)


@blueprint.post("", responses=TAKEN)
def create_jobs(body: JobsBody) -> Response:
    """
    Submit a job (202, Location: the job) or an array of them (202, Location: their batch).

    If another job holds its `unique` key, the answer is about that one, and says so: `Unique-Conflict: returned` or
    `replaced`, of an array `conflicts`.
    """
    root = body.root
    job_id, fingerprint = submission.identity(lambda: canonical(body))
    if isinstance(root, JobBody):
        asked = _new_job(root, job_id, fingerprint)
        if asked.unique:
            receipt, job = waiting.submit_unique(asked, waiting.preferred_seconds())
            job_id, new = receipt.id, receipt.new
        else:
            new, job = waiting.submit([asked], waiting.preferred_seconds())
        if job is None or job.state not in FINAL:
            return submission.accepted(job_id, new, job.state if job else first_state(asked))
        return answer(shown(job), 200, new, f"/v1/jobs/{job_id}")
    # The ids of a batch's jobs follow from its own, so a repeated request finds all of them. The first job has that of
    # the batch itself, so that a key that was used for a single job, or is later, is noticed.
    jobs = [
        _new_job(one, _id_of(number, job_id, fingerprint), fingerprint, job_id)
        for number, one in enumerate(with_breaks(root))
    ]
    _refuse_pairs(root)
    receipts = waiting.submit_many(jobs)
    location = f"/v1/batches/{job_id}"
    links = {"self": location, "events": f"/v1/stream?topic=batch:{job_id}"}
    conflicts = [
        {"place": place, "job": receipt.id, "conflict": receipt.conflict}
        for place, receipt in enumerate(receipts)
        if receipt.conflict
    ]
    ids = [receipt.id for receipt in receipts]
    body_of = {"id": job_id, "jobs": ids, "conflicts": conflicts, "links": links}
    return answer(body_of, 202, any(receipt.new for receipt in receipts), location)


def _refuse_pairs(bodies: list[JobBody]) -> None:
    """A job that is to be refused beside another of its own request would keep it out for ever: 422."""
    held: set[tuple[str, str]] = set()
    for place, body in enumerate(bodies):
        if body.unique is None:
            continue
        if body.unique.on_conflict == "refuse" and (body.type, body.unique.key) in held:
            abort(invalid_part(f"{place}.unique.key", "names what another job of this request has, and it refuses to"))
        held.add((body.type, body.unique.key))


def _id_of(number: int, batch_id: str, fingerprint: str) -> str:
    if number == 0:
        return batch_id
    return derived_id(batch_id, str(number), "batch") if fingerprint else fresh_id()


def first_state(job: NewJob) -> State:
    """Of a job that was just recorded; for a date the clock of this machine decides what is told."""
    if job.error:
        return State.FAILED
    later = job.delay_ms > 0 or job.due_ms > time.time() * 1000
    return State.DELAYED if later else State.QUEUED


def _new_job(body: JobBody, job_id: str, fingerprint: str, batch: str = "") -> NewJob:
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
        unique=body.unique.unique() if body.unique else None,
    )


def priority_number(priority: int | str) -> int:
    """Kue's names are numbers too."""
    return PRIORITIES[priority] if isinstance(priority, str) else priority


@blueprint.get("", responses=gives({200: shapes.JobPage}))
def list_jobs(query: ListQuery) -> Response:
    """Jobs in one state or in any, newest first, of one type or of all."""
    try:
        page = queries.listing(query.state, query.type, query.cursor, query.limit)
    except (ValueError, OverflowError, RecursionError):
        return invalid_part("cursor", "is not one that this API gave")
    return answer({"jobs": [shown(job) for job in page.jobs], "cursor": page.cursor or None}, 200)


@blueprint.get("/<job_id>", responses=KNOWN)
def get_job(path: JobPath) -> Response:
    """One job, from the moment it was accepted."""
    return answer(shown(queries.job(path.job_id)), 200)


@blueprint.patch("/<job_id>", responses=CHANGED)
def prioritise_job(path: JobPath, body: PriorityBody) -> Response:
    """Change the priority of a job that has not started."""
    controls.prioritise(path.job_id, priority_number(body.priority))
    return answer(shown(queries.job(path.job_id)), 200)


@blueprint.delete("/<job_id>", responses=CHANGED)
def cancel_job(path: JobPath) -> Response:
    """Cancel a job. One that is over, or may have taken units already: 409 illegal_transition."""
    controls.cancel(path.job_id)
    return answer(shown(queries.job(path.job_id)), 200)


@blueprint.post("/<job_id>/replay", responses=gives({202: shapes.Accepted}, "job_not_found", "illegal_transition"))
def replay_job(path: JobPath) -> Response:
    """Queue a failed job again, with all its attempts."""
    controls.replay(path.job_id)
    return submission.accepted(path.job_id, True)


@blueprint.get("/<job_id>/log", responses=gives({200: shapes.Log}, "job_not_found"))
def get_job_log(path: JobPath) -> Response:
    """The last lines that the handler logged."""
    return answer({"lines": queries.log_lines(path.job_id)}, 200)


def _unique(unique: Unique | None) -> dict[str, Any] | None:
    if unique is None:
        return None
    return {"key": unique.key, "while": unique.lasting if isinstance(unique.lasting, str) else unique.lasting / 1000}


def shown(job: Job) -> dict[str, Any]:
    """A job's JSON."""
    return {
        "id": job.id,
        "type": job.type,
        "state": job.state,
        "title": job.title or None,
        "data": job.data,
        "result": job.result,
        "error": job.error,
        "deferred": job.deferred,
        "progress": job.progress,
        "progress_data": job.progress_data,
        "priority": job.priority,
        "attempts": job.attempts,
        "attempts_made": job.attempts_made,
        "attempts_max": job.attempts_max,
        "in_doubt": job.doubt and job.state is not State.COMPLETE,
        "stalls": job.stalls,
        "ttl_ms": job.ttl_ms or None,
        "target": job.target or None,
        "batch": job.batch or None,
        "key": job.key or None,
        "unique": _unique(job.unique),
        "waiting_for": job.waiting_for,
        "worker": job.worker or None,
        "created_ms": job.created_ms,
        "due_ms": job.due_ms,
        "started_ms": job.started_ms,
        "finished_ms": job.finished_ms,
        "links": {"self": f"/v1/jobs/{job.id}", "events": f"/v1/stream?topic=job:{job.id}"},
    }
