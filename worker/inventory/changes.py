"""Handlers that create shows and products and change their units and status."""

from tasks_app.jobs import messages
from tasks_app.state import connections
from tasks_app.text import JsonObject
from worker.inventory.requests import Definition
from worker.inventory.reservations import inventory, milliseconds, result
from worker.jobs import ActiveJob, handler


@handler(messages.CREATE_INVENTORY)
def create(job: ActiveJob) -> JsonObject:
    """
    Create the job's target. Job data: {"name", "pools": {name: {"capacity"}}, "attributes", "hold_seconds",
    "hold_max_seconds", "max_per_customer"}.
    """
    data = job.data
    definition = Definition(
        name=data["name"],
        pools={name: pool["capacity"] for name, pool in data["pools"].items()},
        hold_ms=milliseconds(data["hold_seconds"]),
        hold_max_ms=milliseconds(data["hold_max_seconds"]),
        max_per_customer=data["max_per_customer"],
        attributes=data["attributes"],
    )
    with connections.translated():
        return result(inventory().create(job.target, definition))


@handler(messages.RESTOCK)
def restock(job: ActiveJob) -> JsonObject:
    """Add units. Job data: {"pool", "quantity"}."""
    with connections.translated():
        return result(inventory().restock(job.target, job.id, job.data["pool"], job.data["quantity"]))


@handler(messages.SET_CAPACITY)
def set_capacity(job: ActiveJob) -> JsonObject:
    """Resize a pool, never below its held and sold units. Job data: {"pool", "capacity"}."""
    with connections.translated():
        return result(inventory().set_capacity(job.target, job.id, job.data["pool"], job.data["capacity"]))


@handler(messages.SET_STATUS)
def set_status(job: ActiveJob) -> JsonObject:
    """Open or close the sale. Job data: {"status": "on_sale" | "closed"}."""
    with connections.translated():
        return result(inventory().set_status(job.target, job.id, job.data["status"]))
