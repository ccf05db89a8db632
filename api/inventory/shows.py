"""Shows: general admission pools of units, on sale."""

from typing import Any

from flask import Response

from api.access import reached
from api.http import (
    GivenShowPath,
    PoolPath,
    ShowPath,
    openapi,
    usher,
)
from api.inventory import schemas, twins
from api.inventory.bodies import CapacityBody, EditShowBody, InventoriesQuery, ShowBody, hold_limits
from api.inventory.changes import change_of
from api.jobs import Accepted
from tasks_app.inventory import Inventory
from tasks_app.jobs import messages

blueprint = openapi.blueprint(
    "shows",
    "/v1/shows",
    "Pools of places. `classic` is there from the start, and paused until a request to `/process` or its `resume`.",
)


def as_json(show: Inventory) -> dict[str, Any]:
    """A show's JSON."""
    prices = show.attributes.get("prices", {})
    pools = {name: twins.numbers(show, name) | {"price": prices.get(name)} for name in show.pools}
    return twins.as_json(show) | {"pools": pools}


_change = change_of("show", as_json)
DONE = {200: schemas.Show, 202: Accepted}
CREATED = openapi.responses({201: schemas.Show, 202: Accepted}, "already_exists", submits=True)
RESIZED = openapi.responses(DONE, "unknown_inventory", "unknown_pool", "below_committed", submits=True)

STATUS = openapi.responses(DONE, "unknown_inventory", "still_held", "already_cancelled", submits=True)
EDITED = openapi.responses(
    DONE, "unknown_inventory", *twins.NOT_EDITED, "pool_exists", "too_many_pools", "unknown_pool", submits=True
)


@blueprint.post("", responses=CREATED)
def create_show(body: ShowBody) -> Response:
    """Put a show on sale: 201. The same show again: 201; a different one with the same id: 409 already_exists."""
    data = {
        "name": body.name,
        "pools": {pool.name: {"capacity": pool.capacity} for pool in body.pools},
        "attributes": {"prices": {pool.name: pool.price for pool in body.pools if pool.price is not None}},
        "max_per_customer": body.max_per_customer,
        **hold_limits(body.hold_seconds, body.hold_max_seconds),
    }
    return _change(messages.CREATE_INVENTORY, body.id, data, 201)


@blueprint.get("", responses=openapi.responses({200: schemas.Shows}))
def list_shows(query: InventoriesQuery) -> dict[str, Any]:
    """All shows; those that are archived only if they are asked for."""
    found = reached(usher().inventories.listing("show"))
    return {"shows": [as_json(show) for show in found if query.archived or show.status != "archived"]}


@blueprint.get("/<inventory_id>", responses=openapi.responses({200: schemas.Show}, "inventory_not_found"))
def get_show(path: ShowPath) -> dict[str, Any]:
    """One show with its pools as they are now."""
    return as_json(usher().inventories.read(path.target))


@blueprint.put("/<inventory_id>/pools/<pool>", responses=RESIZED)
def set_show_capacity(path: PoolPath, body: CapacityBody) -> Response:
    """Change a pool's capacity. If the new one is less than what is held and sold: 409 below_committed."""
    return _change(messages.SET_CAPACITY, path.inventory_id, {"pool": path.pool, "capacity": body.capacity})


@blueprint.patch("/<inventory_id>", responses=EDITED)
def edit_show(path: GivenShowPath, body: EditShowBody) -> Response:
    """Change what is named; what is held keeps its deadline and its units, even beyond a new limit."""
    data = {"changes": body.changes(), "edition": body.edition}
    return _change(messages.EDIT_INVENTORY, path.inventory_id, data)


twins.add_twins(blueprint, ShowPath, GivenShowPath, _change, STATUS)
