"""Shows: general admission pools of units, on sale."""

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import AfterValidator, Field

from api.http import (
    Body,
    Capacity,
    LedgerQuery,
    NewId,
    PoolName,
    PoolPath,
    Price,
    Seconds,
    ShowPath,
    Text,
    Units,
    gives,
    room,
    usher,
)
from api.inventory import inventories, schemas
from api.jobs import Accepted
from tasks_app.inventory import Inventory
from tasks_app.jobs import messages

blueprint = room(
    "shows",
    "/v1/shows",
    "Pools of places. `classic` is there from the start, and paused until `/process` or its `resume` is asked for.",
)


HoldSeconds = Annotated[
    Seconds | None,
    Field(description="How long a hold lasts unless asked otherwise, s; by default `USHER_HOLD_SECONDS`"),
]
HoldMaxSeconds = Annotated[
    Seconds | None,
    Field(description="A hold's longest life, extensions included, s; by default `USHER_HOLD_MAX_SECONDS`"),
]
MaxPerCustomer = Annotated[
    Units | None, Field(description="Units that one customer may have, held and sold together; by default no limit")
]


class PoolBody(Body):
    """Units of one kind: a floor, a balcony."""

    name: PoolName
    capacity: Capacity
    price: Price | None = Field(None, description="Of one unit, in the currency of your choice")


def _distinct(pools: list[PoolBody]) -> list[PoolBody]:
    if len({pool.name for pool in pools}) < len(pools):
        raise ValueError("has two pools of the same name")
    return pools


class ShowBody(Body):
    """A show to put on sale."""

    id: NewId = None
    name: Annotated[Text, Field(description="Its name, for people")]
    pools: Annotated[
        list[PoolBody],
        Field(min_length=1, max_length=100, fail_fast=True, description="Units of each kind"),
        AfterValidator(_distinct),
    ]
    hold_seconds: HoldSeconds = None
    hold_max_seconds: HoldMaxSeconds = None
    max_per_customer: MaxPerCustomer = None


class CapacityBody(Body):
    """A pool's new size."""

    capacity: Capacity


class StatusBody(Body):
    """Whether it is on sale."""

    status: Literal["on_sale", "closed"] = Field(description="`closed` takes no new reservations")


def shown(show: Inventory) -> dict[str, Any]:
    """A show's JSON."""
    prices = show.attributes.get("prices", {})
    pools = {
        name: {
            "capacity": p.capacity,
            "held": p.held,
            "sold": p.sold,
            "available": p.available,
            "price": prices.get(name),
        }
        for name, p in show.pools.items()
    }
    links = {"self": f"/v1/shows/{show.id}", "events": f"/v1/stream?topic=show:{show.id}"}
    body = {"id": show.id, "name": show.name, "status": show.status, "pools": pools}
    return {**body, **inventories.limits(show), "links": links}


def hold_limits(hold_seconds: float | None, hold_max_seconds: float | None) -> dict[str, float]:
    """The hold's length and longest life, from the request or the settings; the life is never the shorter."""
    longest = hold_max_seconds or usher().settings.hold_max_seconds
    seconds = hold_seconds or min(usher().settings.hold_seconds, longest)
    return {"hold_seconds": seconds, "hold_max_seconds": max(seconds, longest)}


def _changed(job_type: str, show_id: str | None, data: dict[str, Any], status: int = 200) -> Response:
    return inventories.change(job_type, "show", show_id, data, status, shown)


DONE = {200: schemas.Show, 202: Accepted}
CREATED = gives({201: schemas.Show, 202: Accepted}, "already_exists", submits=True)
CHANGED = gives(DONE, "unknown_inventory", submits=True)
RESIZED = gives(DONE, "unknown_inventory", "unknown_pool", "below_committed", submits=True)


@blueprint.post("", responses=CREATED)
def create_show(body: ShowBody) -> Response:
    """Put a show on sale: 201. The same show again: 201; another under the same id: 409 already_exists."""
    data = {
        "name": body.name,
        "pools": {pool.name: {"capacity": pool.capacity} for pool in body.pools},
        "attributes": {"prices": {pool.name: pool.price for pool in body.pools if pool.price is not None}},
        "max_per_customer": body.max_per_customer,
        **hold_limits(body.hold_seconds, body.hold_max_seconds),
    }
    return _changed(messages.CREATE_INVENTORY, body.id, data, 201)


@blueprint.get("", responses=gives({200: schemas.Shows}))
def list_shows() -> dict[str, Any]:
    """All shows."""
    return {"shows": [shown(show) for show in usher().inventories.listing("show")]}


@blueprint.get("/<inventory_id>", responses=gives({200: schemas.Show}, "inventory_not_found"))
def get_show(path: ShowPath) -> dict[str, Any]:
    """One show with its pools as they are now."""
    return shown(usher().inventories.read(f"show:{path.inventory_id}"))


@blueprint.put("/<inventory_id>/pools/<pool>", responses=RESIZED)
def set_show_capacity(path: PoolPath, body: CapacityBody) -> Response:
    """Change a pool's capacity. Below what is held and sold: 409 below_committed."""
    return _changed(messages.SET_CAPACITY, path.inventory_id, {"pool": path.pool, "capacity": body.capacity})


@blueprint.put("/<inventory_id>/status", responses=CHANGED)
def set_show_status(path: ShowPath, body: StatusBody) -> Response:
    """Open or close the sale. What is held may be confirmed all the same."""
    return _changed(messages.SET_STATUS, path.inventory_id, {"status": body.status})


@blueprint.post("/<inventory_id>/pause", responses=gives({200: schemas.Gate}, "inventory_not_found", "too_many_paused"))
def pause_show(path: ShowPath) -> Response:
    """Let the jobs about a show wait in line, until it is resumed: for an on-sale that starts on the minute."""
    return inventories.gate(f"show:{path.inventory_id}", closed=True)


@blueprint.post("/<inventory_id>/resume", responses=gives({200: schemas.Gate}, "inventory_not_found"))
def resume_show(path: ShowPath) -> Response:
    """Let them go on, in the order in which they came."""
    return inventories.gate(f"show:{path.inventory_id}", closed=False)


@blueprint.get("/<inventory_id>/ledger", responses=gives({200: schemas.Ledger}, "inventory_not_found"))
def get_show_ledger(path: ShowPath, query: LedgerQuery) -> dict[str, Any]:
    """Every change, oldest first, with a version that has no gaps."""
    return inventories.ledger(f"show:{path.inventory_id}", query.after, query.limit)


@blueprint.get("/<inventory_id>/audit", responses=gives({200: schemas.Audit}, "inventory_not_found"))
def audit_show(path: ShowPath) -> dict[str, Any]:
    """Check the numbers, the holds and the ledger against each other, now."""
    return inventories.audited(f"show:{path.inventory_id}")
