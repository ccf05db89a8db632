"""Handlers that create shows and products and change their units and status."""

from tasks_app.jobs import count_waiting, messages
from tasks_app.program import own_usher
from tasks_app.state import connections
from tasks_app.text import JsonObject
from tasks_app.usher import Usher
from worker.inventory.archiving import Archiving
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


@handler(messages.ARCHIVE_INVENTORY)
def archive(job: ActiveJob) -> JsonObject:
    """Archive it; a type of its own, as the workers before it would not look whether anything is held."""
    with connections.translated():
        return result(inventory().set_status(job.target, job.id, "archived"))


@handler(messages.EDIT_INVENTORY)
def edit(job: ActiveJob) -> JsonObject:
    """Change what is named. Job data: {"changes": {...}, "edition": the one that it must have, null = any}."""
    with connections.translated():
        return result(inventory().edit(job.target, job.id, job.data["changes"], job.data["edition"]))


@handler(messages.DELETE_INVENTORY)
def delete(job: ActiveJob) -> JsonObject:
    """
    Remove it, and all that is stored about it. Job data: {}. If there is an archive, all of it is there before; so a
    change that comes in between makes it begin again.
    """
    asked_ms, usher = own_usher().jobs.read(job.id).created_ms, own_usher()
    archived = -1 if usher.archive else None
    with connections.translated():
        waiting = count_waiting(usher.connections.worker_state, job.target, job.id)
        while (decision := inventory().delete(job.target, job.id, asked_ms, waiting, archived)).status == "unarchived":
            archived = usher.part(_archiving).deleting(job.target)
        return result(decision)


def _archiving(usher: Usher) -> Archiving:
    assert usher.archive is not None
    return Archiving(usher.connections.worker_state, usher.archive)
