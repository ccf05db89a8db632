"""Changes of one job: edit it while it waits, run it now, replay it, forget it."""

from typing import Self

from flask import Response
from pydantic import Field, model_validator

from api.access import caller, fresh_id
from api.http import Body, JobPath, OptionalBody, OtherMetadata, answer, openapi, usher
from api.jobs import jobs, responses, schemas
from api.jobs.bodies import Attempts, DelayMs, DueAt, JobText, OtherData, Priority, UnixMs, due_of, priority_number
from tasks_app.errors import IllegalTransitionError
from tasks_app.jobs import Edits, State, copy_of

blueprint = jobs.blueprint  # the same: the documents have all methods of a path from one blueprint


class ReplayBody(OptionalBody):
    """What changes of the job; what is left out or null stays."""

    data: OtherData | None = Field(None, description="What the handler gets")
    priority: Priority | None = Field(None, description="Lower numbers run first")
    attempts: Attempts | None = Field(None, description="The most attempts that it may have")

    def edits(self) -> Edits:
        """The same for the controls."""
        return Edits(self.data, _number(self.priority), self.attempts)


class EditBody(Body):
    """
    What changes of the job; what is left out stays, and so does what is null, except the title: null = without one. It
    has at most one of `delay_ms`, `due_ms` and `due`; a date in the past means at once.
    """

    data: OtherData | None = Field(None, description="What the handler gets")
    priority: Priority | None = Field(None, description="Lower numbers run first")
    attempts: Attempts | None = Field(None, description="The most attempts that it may have")
    title: JobText | None = Field(None, description="A name for people; null = none")
    metadata: OtherMetadata | None = Field(None, description="Your own words about it")
    delay_ms: DelayMs | None = Field(None, description="How long until it is due, ms from now")
    due_ms: UnixMs = None
    due: DueAt = None

    @model_validator(mode="after")
    def _one_date(self) -> Self:
        if due_of(self) and self.delay_ms is not None:
            raise ValueError("must have `delay_ms` or a date, not both")
        return self

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("must have at least one field to change")
        return self

    def edits(self) -> Edits:
        """The same for the controls."""
        return Edits(
            self.data,
            _number(self.priority),
            self.attempts,
            (self.title or "") if "title" in self.model_fields_set else None,
            self.metadata,
            self.delay_ms,
            due_of(self) or None,
        )


def _number(priority: int | str | None) -> int | None:
    return None if priority is None else priority_number(priority)


CHANGED = openapi.responses({200: schemas.Job}, "job_not_found", "illegal_transition")


@blueprint.patch(
    "/<job_id>", responses=openapi.responses({200: schemas.Job}, "job_not_found", "illegal_transition", "fixed_job")
)
def edit_job(path: JobPath, body: EditBody) -> Response:
    """
    Change what a job asks for that has not started; `edits` then says what it asked for before.

    Of jobs of Usher's own types only the priority and the attempts change.
    """
    usher().controls.edit(path.job_id, body.edits(), caller().owner)
    return answer(jobs.as_json(usher().jobs.read(path.job_id)), 200)


@blueprint.post("/<job_id>/run-now", responses=CHANGED)
def run_job_now(path: JobPath) -> Response:
    """Queue a job now that is delayed or waits for its next attempt. Safe to repeat."""
    usher().controls.run_now(path.job_id)
    return answer(jobs.as_json(usher().jobs.read(path.job_id)), 200)


@blueprint.post(
    "/<job_id>/replay",
    responses=openapi.responses(
        {202: schemas.Accepted}, "job_not_found", "illegal_transition", "fixed_job", "not_unique", "queue_full"
    ),
)
def replay_job(path: JobPath, body: ReplayBody) -> Response:
    """
    Do a job again, with all its attempts and other data, if you like: the same job if it failed or was cancelled.

    If it is complete, a copy with another id (Location) is done; its `replay_of` names the first. Complete jobs of
    Usher's own types, and cancelled ones about a show or product, are not done again: 409 illegal_transition.
    """
    edits = body.edits()
    try:
        usher().controls.replay(path.job_id, edits, caller().owner)
        return responses.accepted(path.job_id, True)
    except IllegalTransitionError as error:
        if error.context["state"] != State.COMPLETE:
            raise
    copy = copy_of(usher().jobs.read(path.job_id), usher().identity.beside(path.job_id, fresh_id()), edits)
    usher().intake.submit([copy])
    return responses.accepted(copy.id, True)


@blueprint.post(
    "/<job_id>/forget",
    responses=openapi.responses({200: schemas.Forgotten}, "job_not_found", "illegal_transition"),
)
def forget_job(path: JobPath) -> Response:
    """Drop the record and the log of a job that is over; its batch still counts it. This cannot be undone."""
    usher().controls.forget(path.job_id)
    return answer({"id": path.job_id, "forgotten": True}, 200)
