"""The routes of the course project, with its bodies to the letter, on Usher's engine. Each names its /v1 successor."""

from typing import Any

from flask import Response
from pydantic import Field

from api.access import fresh_id
from api.classic import schemas
from api.http import (
    Parameters,
    answer,
    openapi,
    usher,
)
from api.jobs import waiting
from tasks_app.classic import SEATS_POOL, SEATS_TARGET
from tasks_app.errors import QueueFullError, StateUnavailableError, UnknownInventoryError
from tasks_app.inventory import Inventory, reservation_ids
from tasks_app.jobs import NewJob, State, messages

blueprint = openapi.blueprint("classic", "", "The routes of the course project. Some of these GETs change something.")

LARGEST_NUMBER = 2**53  # RFC 8259, section 6
RESERVE_SECONDS = 10.0  # the course's route answers with the outcome, so it waits for it
SUNSET = {"Deprecation": "@1798761600"}  # RFC 9745: 1 January 2027; the routes stay, but new programs should use /v1

# GETs that change something: pages of other origins may not call them, and they have no HEAD.
CHANGING = frozenset({"classic.sell_classic_product", "classic.reserve_classic_seat", "classic.open_classic_sale"})

PRODUCT_OUTCOMES = openapi.responses(dict.fromkeys((200, 202, 404, 409, 503), schemas.Status))
SEAT_OUTCOMES = openapi.responses(dict.fromkeys((200, 409, 503), schemas.Status))


class ItemPath(Parameters):
    """A product by its number, under the course's name for it."""

    item_id: str = Field(description="The product's number", json_schema_extra={"example": "2"})


@blueprint.get("/list_products", responses=openapi.responses({200: schemas.Items}))
def list_classic_products() -> Response:
    """All products with the stock they started with."""
    return answer([_item(product) for product in usher().inventories.listing("product")], 200)


@blueprint.get("/list_products/<item_id>", responses=openapi.responses({200: schemas.ItemNow, 404: schemas.Status}))
def get_classic_product(path: ItemPath) -> Response:
    """One product with its stock as it is now."""
    product = _product(path.item_id)
    if product is None:
        return answer({"status": "Product not found"}, 404)
    return answer({**_item(product), "currentQuantity": product.pools["stock"].available}, 200)


@blueprint.get("/reserve_product/<item_id>", deprecated=True, responses=PRODUCT_OUTCOMES)
def sell_classic_product(path: ItemPath) -> Response:
    """Sell one unit."""
    product = _product(path.item_id)
    if product is None:
        return _changed({"status": "Product not found"}, 404, "/v1/products")
    successor = f"/v1/products/{product.id}/reservations"
    item = {"itemId": _number(product.id)}
    job = _reservation(messages.RESERVE_STOCK, product.target, "stock")
    try:
        _, done = waiting.submit(job, RESERVE_SECONDS)
    except (StateUnavailableError, QueueFullError):
        return _changed({"status": "Reservation failed", **item}, 503, successor)
    if done is not None and done.state is State.COMPLETE:
        return _changed({"status": "Reservation confirmed", **item}, 200, successor, job.id)
    if done is not None and done.state is State.FAILED:
        return _changed({"status": (done.error or {}).get("message", ""), **item}, 409, successor, job.id)
    return _changed({"status": "Reservation in process", **item}, 202, successor, job.id)


@blueprint.get("/available_seats", responses=openapi.responses({200: schemas.SeatsLeft}, "inventory_not_found"))
def count_classic_seats() -> Response:
    """How many seats are left; a string, as in the course."""
    return answer({"numberOfAvailableSeats": str(_seats_left())}, 200)


@blueprint.get("/reserve_seat", deprecated=True, responses=SEAT_OUTCOMES)
def reserve_classic_seat() -> Response:
    """Queue the reservation of a seat; its outcome is at Location."""
    successor = "/v1/shows/classic/reservations"
    job = _reservation(messages.RESERVE_SEAT, SEATS_TARGET, SEATS_POOL)
    try:
        if _seats_left() == 0:
            return _changed({"status": "Reservation are blocked"}, 409, successor)
        waiting.submit(job, 0)
    except (StateUnavailableError, QueueFullError, UnknownInventoryError):
        return _changed({"status": "Reservation failed"}, 503, successor)
    return _changed({"status": "Reservation in process"}, 200, successor, job.id)


@blueprint.get("/process", deprecated=True, responses=openapi.responses({200: schemas.Status}))
def open_classic_sale() -> Response:
    """Let workers process the seat reservations; this is durable, and safe to repeat."""
    usher().controls.resume(SEATS_TARGET)
    return _changed({"status": "Queue processing"}, 200, "/v1/shows/classic/resume")


def _reservation(job_type: str, target: str, pool: str) -> NewJob:
    """One unit, sold at once."""
    data = {"lines": [{"pool": pool, "quantity": 1}], "sell": True, "strict": True}
    return NewJob(job_type, data, reservation_ids.carrying(fresh_id(), target), target=target)


def _seats_left() -> int:
    return usher().inventories.read(SEATS_TARGET).pools[SEATS_POOL].available


def _product(item_id: str) -> Inventory | None:
    try:
        return usher().inventories.read(f"product:{item_id}")
    except UnknownInventoryError:
        return None


def _item(product: Inventory) -> dict[str, Any]:
    return {
        "itemId": _number(product.id),
        "itemName": product.name,
        "price": product.attributes.get("price"),
        "initialAvailableQuantity": product.initial_capacities["stock"],
    }


def _number(product_id: str) -> int | str:
    """
    The course's ids are numbers. A product added over /v1 may have a name, or digits that do not survive as a number:
    `007`, or more of them than JSON keeps exactly.
    """
    number = int(product_id) if product_id.isdecimal() else -1
    return number if number < LARGEST_NUMBER and str(number) == product_id else product_id


def _changed(body: dict[str, Any], status: int, successor: str, job_id: str = "") -> Response:
    """The answer of a GET that changes something: kept for its users, marked as deprecated."""
    response = answer(body, status)
    response.headers.update(SUNSET)
    response.headers["Link"] = f'<{successor}>; rel="successor-version"'
    if job_id:
        response.headers["Location"] = f"/v1/reservations/{job_id}"
        response.headers["Usher-Job"] = job_id
    return response
