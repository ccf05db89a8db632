"""Products: counted stock."""

from typing import Annotated, Any

from flask import Response
from pydantic import Field

from api.http import Body, Capacity, LedgerQuery, NewId, Price, ProductPath, Text, Units, gives, room, usher
from api.inventory import inventories, schemas
from api.inventory.shows import (
    CapacityBody,
    HoldMaxSeconds,
    HoldSeconds,
    MaxPerCustomer,
    StatusBody,
    hold_limits,
)
from api.jobs import Accepted
from tasks_app.inventory import Inventory
from tasks_app.jobs import messages

blueprint = room("products", "/v1/products", "Counted stock. Products `1` to `4` are there from the start.")

STOCK = "stock"  # the one pool of a product


class ProductBody(Body):
    """A product to put on sale."""

    id: NewId = None
    name: Annotated[Text, Field(description="Its name, for people")]
    quantity: Capacity
    price: Price | None = Field(None, description="Of one unit, in the currency of your choice")
    hold_seconds: HoldSeconds = None
    hold_max_seconds: HoldMaxSeconds = None
    max_per_customer: MaxPerCustomer = None


class RestockBody(Body):
    """Units that came in."""

    quantity: Units


def shown(product: Inventory) -> dict[str, Any]:
    """A product's JSON."""
    stock = product.pools[STOCK]
    return {
        "id": product.id,
        "name": product.name,
        "status": product.status,
        "price": product.attributes.get("price"),
        "initial_quantity": product.initial_capacities[STOCK],
        "capacity": stock.capacity,
        "held": stock.held,
        "sold": stock.sold,
        "available": stock.available,
        **inventories.limits(product),
        "links": {"self": f"/v1/products/{product.id}", "events": f"/v1/stream?topic=product:{product.id}"},
    }


def _changed(job_type: str, product_id: str | None, data: dict[str, Any], status: int = 200) -> Response:
    return inventories.change(job_type, "product", product_id, data, status, shown)


DONE = {200: schemas.Product, 202: Accepted}
CREATED = gives({201: schemas.Product, 202: Accepted}, "already_exists", submits=True)
CHANGED = gives(DONE, "unknown_inventory", submits=True)
RESIZED = gives(DONE, "unknown_inventory", "below_committed", submits=True)


@blueprint.post("", responses=CREATED)
def create_product(body: ProductBody) -> Response:
    """Put a product on sale: 201. The same again: 201; another under the same id: 409 already_exists."""
    data = {
        "name": body.name,
        "pools": {STOCK: {"capacity": body.quantity}},
        "attributes": {} if body.price is None else {"price": body.price},
        "max_per_customer": body.max_per_customer,
        **hold_limits(body.hold_seconds, body.hold_max_seconds),
    }
    return _changed(messages.CREATE_INVENTORY, body.id, data, 201)


@blueprint.get("", responses=gives({200: schemas.Products}))
def list_products() -> dict[str, Any]:
    """All products."""
    return {"products": [shown(product) for product in usher().inventories.listing("product")]}


@blueprint.get("/<inventory_id>", responses=gives({200: schemas.Product}, "inventory_not_found"))
def get_product(path: ProductPath) -> dict[str, Any]:
    """One product with its stock as it is now."""
    return shown(usher().inventories.read(f"product:{path.inventory_id}"))


@blueprint.post("/<inventory_id>/restock", responses=CHANGED)
def restock_product(path: ProductPath, body: RestockBody) -> Response:
    """Add units. Repeat with the same Idempotency-Key, and they are added once."""
    return _changed(messages.RESTOCK, path.inventory_id, {"pool": STOCK, "quantity": body.quantity})


@blueprint.put("/<inventory_id>/capacity", responses=RESIZED)
def set_product_capacity(path: ProductPath, body: CapacityBody) -> Response:
    """Set how many units there are in all. Below what is held and sold: 409 below_committed."""
    return _changed(messages.SET_CAPACITY, path.inventory_id, {"pool": STOCK, "capacity": body.capacity})


@blueprint.put("/<inventory_id>/status", responses=CHANGED)
def set_product_status(path: ProductPath, body: StatusBody) -> Response:
    """Open or close the sale. What is held may be confirmed all the same."""
    return _changed(messages.SET_STATUS, path.inventory_id, {"status": body.status})


@blueprint.post("/<inventory_id>/pause", responses=gives({200: schemas.Gate}, "inventory_not_found", "too_many_paused"))
def pause_product(path: ProductPath) -> Response:
    """Let the jobs about a product wait in line, until it is resumed."""
    return inventories.gate(f"product:{path.inventory_id}", closed=True)


@blueprint.post("/<inventory_id>/resume", responses=gives({200: schemas.Gate}, "inventory_not_found"))
def resume_product(path: ProductPath) -> Response:
    """Let them go on, in the order in which they came."""
    return inventories.gate(f"product:{path.inventory_id}", closed=False)


@blueprint.get("/<inventory_id>/ledger", responses=gives({200: schemas.Ledger}, "inventory_not_found"))
def get_product_ledger(path: ProductPath, query: LedgerQuery) -> dict[str, Any]:
    """Every change, oldest first, with a version that has no gaps."""
    return inventories.ledger(f"product:{path.inventory_id}", query.after, query.limit)


@blueprint.get("/<inventory_id>/audit", responses=gives({200: schemas.Audit}, "inventory_not_found"))
def audit_product(path: ProductPath) -> dict[str, Any]:
    """Check the numbers, the holds and the ledger against each other, now."""
    return inventories.audited(f"product:{path.inventory_id}")
