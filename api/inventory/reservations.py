"""Reservations: units held for a customer until a deadline, then confirmed, released or expired."""

from typing import Annotated, Any

from flask import Response, abort, request
from pydantic import Field

from api.access import caller, require_target
from api.http import (
    Body,
    Customer,
    JobId,
    Metadata,
    OptionalBody,
    Parameters,
    PoolName,
    ProductPath,
    Seconds,
    ShowPath,
    Units,
    answer,
    invalid_part,
    openapi,
    usher,
)
from api.inventory import schemas
from api.inventory.together_bodies import HoldSeconds, TogetherBody
from api.jobs import Accepted, responses, submission, waiting
from tasks_app.errors import IllegalTransitionError, UnknownJobError
from tasks_app.inventory import Reservation, reservation_ids
from tasks_app.jobs import Job, NewJob, State, messages

blueprint = openapi.blueprint(
    "reservations", "/v1", "Units held for a customer until a deadline, then confirmed, released or expired."
)


class LineBody(Body):
    """Units of one pool."""

    pool: PoolName
    quantity: Units = 1

    def to_dict(self) -> dict[str, Any]:
        """As the job's data have it."""
        return {"pool": self.pool, "quantity": self.quantity}


Lines = Annotated[list[LineBody], Field(min_length=1, max_length=50, fail_fast=True, description="Units of each pool")]


class SeatsBody(Body):
    """What to reserve of a show: all lines or none."""

    lines: Lines
    customer: Customer = None
    hold_seconds: HoldSeconds = None
    metadata: Metadata


class StockBody(Body):
    """How many units to reserve of a product."""

    quantity: Units = 1
    customer: Customer = None
    hold_seconds: HoldSeconds = None
    metadata: Metadata


class ConfirmBody(OptionalBody):
    """What to do if it is too late."""

    reacquire: bool = Field(False, description="If the hold has expired, take the same units again if they are free")


class ExtendBody(Body):
    """The new deadline."""

    seconds: Annotated[Seconds, Field(description="How long from now, s")]


class ReduceBody(Body):
    """What to give back; the rest stays."""

    lines: Lines


class ReservationPath(Parameters):
    """A reservation."""

    reservation_id: Annotated[JobId, Field(description="The `id` in the answer that accepted the reservation")]


HELD, DONE = ({status: schemas.Reservation, 202: Accepted} for status in (201, 200))
NO_STOCK = ("unknown_inventory", "sold_out", "limit_exceeded", "not_on_sale", "customer_required", "hold_too_long")
NO_HOLD = ("job_not_found", "unknown_inventory", "hold_not_found")
TOO_LATE = ("hold_expired", "already_released")
FINDABLE = "must be a whole number or a text of 1 to 200 characters, since reservations are found by it"
DONE_AS = {messages.CONFIRM: "confirmed", messages.RELEASE: "released"}  # the state that a hold comes to


@blueprint.post(
    "/shows/<inventory_id>/reservations", responses=openapi.responses(HELD, *NO_STOCK, "unknown_pool", submits=True)
)
def reserve_seats(path: ShowPath, body: SeatsBody) -> Response:
    """Reserve units of a show. 202 with Location; with `Prefer: wait=N` 201 when held, 409 when refused."""
    return _reserve(messages.RESERVE_SEAT, path.target, [line.to_dict() for line in body.lines], body)


@blueprint.post("/products/<inventory_id>/reservations", responses=openapi.responses(HELD, *NO_STOCK, submits=True))
def reserve_stock(path: ProductPath, body: StockBody) -> Response:
    """Reserve units of a product. 202 with Location; with `Prefer: wait=N` 201 when held, 409 when refused."""
    return _reserve(messages.RESERVE_STOCK, path.target, [{"pool": "stock", "quantity": body.quantity}], body)


@blueprint.post("/reservations", responses=openapi.responses(HELD, *NO_STOCK, "unknown_pool", submits=True))
def reserve_together(body: TogetherBody) -> Response:
    """
    Reserve units of several shows and products: all lines or none, as one reservation with one deadline.

    202 with Location; with `Prefer: wait=N` 201 when held, 409 when refused: `target` says by whom.
    """
    parts = body.parts()
    for target in parts:
        require_target(target)
    data = {"parts": [{"target": target, "lines": lines} for target, lines in parts.items()]}
    return _submit_reservation(messages.RESERVE_TOGETHER, next(iter(parts)), data, body)


def _reserve(job_type: str, target: str, lines: list[dict[str, Any]], body: SeatsBody | StockBody) -> Response:
    return _submit_reservation(job_type, target, {"lines": lines}, body)


def _submit_reservation(
    job_type: str, target: str, data: dict[str, Any], body: SeatsBody | StockBody | TogetherBody
) -> Response:
    if body.customer:
        data["customer"] = body.customer
    if body.hold_seconds:
        data["hold_seconds"] = body.hold_seconds
    _check_found(body.metadata)
    job_id, fingerprint = submission.identity(body.model_dump_json)
    job_id = reservation_ids.carrying(job_id, target)
    asked = NewJob(job_type, data, job_id, fingerprint, target, metadata=body.metadata)
    new, job = waiting.submit(asked, waiting.preferred_seconds())
    location = f"/v1/reservations/{job_id}"

    def answered(done: Job) -> Response | None:
        found = usher().reservations.of_job(done)
        if done.state is not State.COMPLETE and found.hold is None:
            return None
        return answer(as_json(found), 201, new and not found.is_replayed, location)

    return responses.respond(job_id, new, job, answered, location=location, refusals={"reservation": job_id})


def _check_found(metadata: dict[str, Any]) -> None:
    """422 for a value of a declared key by which nobody could find the reservation."""
    for key in usher().settings.find_by:
        if key in metadata and not reservation_ids.is_findable(metadata[key]):
            abort(invalid_part(f"metadata.{key}", FINDABLE))


@blueprint.get(
    "/reservations/<reservation_id>", responses=openapi.responses({200: schemas.Reservation}, "job_not_found")
)
def get_reservation(path: ReservationPath) -> Response:
    """What became of a reservation. Readable while it is held or sold, and for a while after."""
    return answer(as_json(usher().reservations.find(path.reservation_id)), 200)


@blueprint.post(
    "/reservations/<reservation_id>/confirm", responses=openapi.responses(DONE, *NO_HOLD, *TOO_LATE, submits=True)
)
def confirm_reservation(path: ReservationPath, body: ConfirmBody) -> Response:
    """Sell what is held. After the deadline: 409 hold_expired, unless `reacquire` is true and the units are free."""
    return _change(path.reservation_id, messages.CONFIRM, {"reacquire": body.reacquire})


@blueprint.post(
    "/reservations/<reservation_id>/extend",
    responses=openapi.responses(DONE, *NO_HOLD, *TOO_LATE, "already_confirmed", submits=True),
)
def extend_reservation(path: ReservationPath, body: ExtendBody) -> Response:
    """Move the deadline; never to an earlier moment, nor beyond the hold's longest life."""
    return _change(path.reservation_id, messages.EXTEND, {"seconds": body.seconds})


@blueprint.post(
    "/reservations/<reservation_id>/reduce",
    responses=openapi.responses(DONE, *NO_HOLD, "not_that_many", "over_several", submits=True),
)
def reduce_reservation(path: ReservationPath, body: ReduceBody) -> Response:
    """
    Give back a part of it, held or sold; the rest stays, with its deadline. If it is all: the reservation is released.

    If it does not have that many units: 409 not_that_many, and nothing is given back.
    """
    return _change(path.reservation_id, messages.REDUCE, {"lines": [line.to_dict() for line in body.lines]})


@blueprint.delete("/reservations/<reservation_id>", responses=openapi.responses(DONE, *NO_HOLD, submits=True))
def release_reservation(path: ReservationPath) -> Response:
    """Give the units back, held or sold. A reservation that still waits is cancelled at once."""
    before = usher().reservations.find(path.reservation_id)
    try:
        usher().controls.cancel(path.reservation_id)
    except (IllegalTransitionError, UnknownJobError):  # it started, or was forgotten
        return _change(path.reservation_id, messages.RELEASE, {})
    found = usher().reservations.find(path.reservation_id)
    if found.hold is not None:  # the cancelled job was of a repeated request; the hold of the first one lives
        return _change(path.reservation_id, messages.RELEASE, {})
    is_repeated = submission.KEY in request.headers and before.state == State.CANCELLED
    return answer(as_json(found), 200, new=not is_repeated)


@blueprint.post(
    "/reservations/<reservation_id>/token",
    responses=openapi.responses({201: schemas.ReservationToken}, "job_not_found"),
)
def create_reservation_token(path: ReservationPath) -> Response:
    """
    A token for the end customer, who may see, confirm and release this reservation with it, and nothing else.

    It is sent as an API key is. It ends with the longest life that the hold can have.
    """
    found = usher().reservations.find(path.reservation_id)
    end_ms = found.created_ms + usher().inventories.read(found.target).hold_max_ms
    token = usher().reservation_tokens.issue(found.id, caller().owner, end_ms)
    return answer({"token": token, "expires_ms": end_ms}, 201)


def _change(reservation_id: str, job_type: str, options: dict[str, Any]) -> Response:
    """Submit a job about a reservation; the answer is the reservation, if it is done in time."""
    reservation = usher().reservations.find(reservation_id)
    data = {"reservation": reservation_id, **options}
    if reservation.others:
        data["others"] = list(reservation.others)
    job_id, fingerprint = submission.identity(lambda: f"{job_type} {sorted(data.items())}")
    change = NewJob(job_type, data, job_id, fingerprint, reservation.target)
    new, job = waiting.submit(change, waiting.preferred_seconds())

    def answered(done: Job) -> Response | None:
        found = usher().reservations.find(reservation_id)
        # The worker of a job that failed may have died after it made the change and before it could say so.
        is_done = found.hold is not None and found.state == DONE_AS.get(job_type)
        return answer(as_json(found), 200, new) if done.state is State.COMPLETE or is_done else None

    return responses.respond(job_id, new, job, answered, refusals={"reservation": reservation_id})


_read = schemas.Reservation.reader(Reservation, "expires_ms", "refusal", "error", "links")


def as_json(reservation: Reservation) -> dict[str, Any]:
    """A reservation's JSON."""
    job, own = reservation.job, f"/v1/reservations/{reservation.id}"
    body = _read(reservation)
    body["expires_ms"] = reservation.hold.expires_ms if reservation.hold else None
    if job and body["state"] == "refused":
        body["refusal"] = responses.refusal(job.result)
    if job and body["state"] == "failed":
        body["error"] = job.error
    if job:
        body["links"] = {"self": own, "job": f"/v1/jobs/{job.id}", "events": f"/v1/stream?topic=job:{job.id}"}
    else:  # its own events are forgotten with the record; those of its show or product tell the rest
        body["links"] = {"self": own, "events": f"/v1/stream?topic={reservation.target}"}
    return body
