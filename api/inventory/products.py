"""Products: counted stock."""

from typing import Any

from flask import Response

from api.access import reached
from api.http import (
    GivenProductPath,
    ProductPath,
    openapi,
    usher,
)
from api.inventory import schemas, twins
from api.inventory.bodies import CapacityBody, EditProductBody, InventoriesQuery, ProductBody, RestockBody, hold_limits
from api.inventory.changes import change_of
from api.jobs import Accepted
from tasks_app.inventory import Inventory
from tasks_app.jobs import messages

blueprint = openapi.blueprint(
    "products", "/v1/products", "Counted stock. Products `1` to `4` are there from the start."
)

STOCK = "stock"  # the one pool of a product


def as_json(product: Inventory) -> dict[str, Any]:
    """A product's JSON."""
    price, initial = product.attributes.get("price"), product.initial_capacities[STOCK]
    return twins.as_json(product) | twins.numbers(product, STOCK) | {"price": price, "initial_quantity": initial}


_change = change_of("product", as_json)
DONE = {200: schemas.Product, 202: Accepted}
CREATED = openapi.responses({201: schemas.Product, 202: Accepted}, "already_exists", submits=True)
CHANGED = openapi.responses(DONE, "unknown_inventory", submits=True)
RESIZED = openapi.responses(DONE, "unknown_inventory", "below_committed", submits=True)

STATUS = openapi.responses(DONE, "unknown_inventory", "still_held", "already_cancelled", submits=True)
EDITED = openapi.responses(DONE, "unknown_inventory", *twins.NOT_EDITED, submits=True)


@blueprint.post("", responses=CREATED)
def create_product(body: ProductBody) -> Response:
    """Put a product on sale: 201. The same again: 201; a different one with the same id: 409 already_exists."""
    data = {
        "name": body.name,
        "pools": {STOCK: {"capacity": body.quantity}},
        "attributes": {} if body.price is None else {"price": body.price},
        "max_per_customer": body.max_per_customer,
        **hold_limits(body.hold_seconds, body.hold_max_seconds),
    }
    return _change(messages.CREATE_INVENTORY, body.id, data, 201)


@blueprint.get("", responses=openapi.responses({200: schemas.Products}))
def list_products(query: InventoriesQuery) -> dict[str, Any]:
    """All products; those that are archived only if they are asked for."""
    found = reached(usher().inventories.listing("product"))
    return {"products": [as_json(product) for product in found if query.archived or product.status != "archived"]}


@blueprint.get("/<inventory_id>", responses=openapi.responses({200: schemas.Product}, "inventory_not_found"))
def get_product(path: ProductPath) -> dict[str, Any]:
    """One product with its stock as it is now."""
    return as_json(usher().inventories.read(path.target))


@blueprint.post("/<inventory_id>/restock", responses=CHANGED)
def restock_product(path: ProductPath, body: RestockBody) -> Response:
    """Add units; only once, if the request is repeated with its Idempotency-Key."""
    return _change(messages.RESTOCK, path.inventory_id, {"pool": STOCK, "quantity": body.quantity})


@blueprint.put("/<inventory_id>/capacity", responses=RESIZED)
def set_product_capacity(path: ProductPath, body: CapacityBody) -> Response:
    """Set how many units there are in total. If that is less than what is held and sold: 409 below_committed."""
    return _change(messages.SET_CAPACITY, path.inventory_id, {"pool": STOCK, "capacity": body.capacity})


@blueprint.patch("/<inventory_id>", responses=EDITED)
def edit_product(path: GivenProductPath, body: EditProductBody) -> Response:
    """Change what is named; what is held keeps its deadline and its units, even beyond a new limit."""
    data = {"changes": body.changes(), "edition": body.edition}
    return _change(messages.EDIT_INVENTORY, path.inventory_id, data)


twins.add_twins(blueprint, ProductPath, GivenProductPath, _change, STATUS)
