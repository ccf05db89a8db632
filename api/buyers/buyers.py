"""The routes below the buyers' pages. They need no key: each reservation is answered with a token of its own."""

from typing import Annotated, Any

from flask import Response, abort, request
from pydantic import Field

from api.access import limits
from api.buyers.buyer_stream import BuyerStream, as_json
from api.buyers.levels import levels, sells
from api.http import (
    Body,
    Customer,
    PoolName,
    ProductPath,
    ShowPath,
    Units,
    address_of,
    answer,
    broadcaster,
    invalid_part,
    openapi,
    problem,
    usher,
)
from api.jobs import responses, submission, waiting
from tasks_app.access import now_ms
from tasks_app.inventory import reservation_ids
from tasks_app.jobs import NewJob, State, messages

blueprint = openapi.blueprint("buyers", "", "What the buyers' pages ask.")
blueprint.doc_ui = False  # they serve our own pages; programs use /v1

KEY_CHARACTERS = 22  # at least: the answer to a repeated request has the token, so nobody may guess the key
WAIT_SECONDS = 3.0


class LineBody(Body):
    """Units of one pool."""

    pool: PoolName
    quantity: Units


class SeatsBody(Body):
    """What a buyer reserves of a show."""

    lines: Annotated[list[LineBody], Field(min_length=1, max_length=50, fail_fast=True)]
    customer: Customer = None


class StockBody(Body):
    """What a buyer reserves of a product."""

    quantity: Units
    customer: Customer = None


@blueprint.post("/shows/<inventory_id>/reservations")
def buy_seats(path: ShowPath, body: SeatsBody) -> Response:
    """Reserve units of a show, as somebody without a key."""
    lines = [{"pool": line.pool, "quantity": line.quantity} for line in body.lines]
    return _buy(messages.RESERVE_SEAT, path.target, lines, body)


@blueprint.post("/products/<inventory_id>/reservations")
def buy_stock(path: ProductPath, body: StockBody) -> Response:
    """Reserve units of a product, as somebody without a key."""
    return _buy(messages.RESERVE_STOCK, path.target, [{"pool": "stock", "quantity": body.quantity}], body)


@blueprint.get("/shows/<inventory_id>/live")
def watch_show_sale(path: ShowPath) -> Response:
    """What is free, live; and the reservation whose token is sent."""
    return _watched(path.target)


@blueprint.get("/products/<inventory_id>/live")
def watch_product_sale(path: ProductPath) -> Response:
    """The same of a product."""
    return _watched(path.target)


def _watched(target: str) -> Response:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    tokens, holder = usher().reservation_tokens, None
    if scheme:
        token = token.strip()
        holder = tokens.read(token, now_ms()) if scheme.lower() == "bearer" else None
        if holder is None:
            return problem("key_invalid", "This is no token of a reservation, or it has expired.")

    def lasts() -> bool:
        return holder is None or tokens.read(token, now_ms()) is not None

    its, address = usher(), address_of(request.environ, usher().settings.proxies)
    stream = BuyerStream(its, broadcaster(), levels(), target, holder, lasts)
    give_back = None
    if not its.key_ring.is_open():
        give_back = limits.take_place(f"address:{address}", its.settings.public_sale_streams, "from your address")
    response = Response(stream.told(), content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    if give_back:
        response.call_on_close(give_back)
    return response


def _buy(job_type: str, target: str, lines: list[dict[str, Any]], body: SeatsBody | StockBody) -> Response:
    _require_sale(sum(line["quantity"] for line in lines))
    data = {"lines": lines, **({"customer": body.customer} if body.customer else {})}
    job_id, fingerprint = submission.identity(body.model_dump_json)
    job_id = reservation_ids.carrying(job_id, target)
    asked = NewJob(job_type, data, job_id, fingerprint, target)
    new, job = waiting.submit(asked, waiting.preferred_seconds(WAIT_SECONDS))
    job = job or usher().jobs.read(job_id)
    found = usher().reservations.of_job(job)
    if found.hold is None and job.state is State.COMPLETE and job.result["outcome"] == "refused":
        return responses.refused(job.result, reservation=job_id)
    if found.hold is None and job.state in (State.FAILED, State.CANCELLED):
        return responses.failed(job)
    end_ms = found.created_ms + usher().inventories.read(target).hold_max_ms
    told = {
        "reservation": as_json(found),
        "token": usher().reservation_tokens.issue(job_id, "", end_ms),
        "token_expires_ms": end_ms,
        "now_ms": now_ms(),
    }
    return answer(told, 201 if found.hold else 202, new)


def _require_sale(units: int) -> None:
    """Answers whoever may not reserve here without a key, or asks for too much or too often."""
    its, settings = usher(), usher().settings
    if not sells(its):
        abort(problem("not_sold_here", "The shop sells on its own pages."))
    if len(request.headers.get(submission.KEY, "")) < KEY_CHARACTERS:
        abort(invalid_part(submission.KEY, f"must be sent, with {KEY_CHARACTERS} random characters or more"))
    if units > settings.public_sale_units:
        abort(invalid_part("", f"asks for {units} units, but a buyer may have at most {settings.public_sale_units}"))
    if its.key_ring.is_open():
        return
    if wait_seconds := its.buyers.attempt(address_of(request.environ, settings.proxies)):
        response = problem("too_many_attempts", "There were too many reservations from your address.")
        response.headers["Retry-After"] = str(wait_seconds)
        abort(response)
