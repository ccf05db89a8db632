"""What shows and products share: part of their JSON; their routes for status, pause, resume, ledger and audit."""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from flask import Response

from api.http import (
    Blueprint,
    InventoryPath,
    LedgerQuery,
    answer,
    openapi,
    usher,
)
from api.inventory import schemas
from api.inventory.bodies import StatusBody
from api.inventory.changes import Change, delete
from api.jobs import Accepted, pauses
from tasks_app.inventory import Inventory
from tasks_app.jobs import messages

NOT_FOUND = "inventory_not_found"
PAUSED = openapi.responses({200: schemas.Paused}, NOT_FOUND, "too_many_paused")
RESUMED = openapi.responses({200: schemas.Paused}, NOT_FOUND)
LEDGER = openapi.responses({200: schemas.Ledger}, NOT_FOUND)
DELETED = openapi.responses(
    {200: schemas.Deleted, 202: Accepted}, "unknown_inventory", "still_live", "too_many_stored", submits=True
)
NOT_EDITED = ("edited_meanwhile", "hold_too_long", "too_many_to_count")
AUDIT = openapi.responses({200: schemas.Audit}, NOT_FOUND)


def pause(path: InventoryPath, body: pauses.PauseBody) -> Response:
    """Let the jobs about a {kind} wait until it is resumed: for an on-sale that starts on the minute."""
    usher().inventories.read(path.target)
    pauses.pause(path.target, body)
    return answer(_pause_of(path.target), 200)


def resume(path: InventoryPath) -> Response:
    """Let the jobs about a {kind} go on, in the order in which they came."""
    usher().inventories.read(path.target)
    usher().controls.resume(path.target)
    return answer(_pause_of(path.target), 200)


def _pause_of(target: str) -> dict[str, Any]:
    found = pauses.as_json(usher().jobs.pauses().get(target))
    return {"target": target, "paused": found is not None, "pause": found}


def get_ledger(path: InventoryPath, query: LedgerQuery) -> dict[str, Any]:
    """Every change, oldest first, with a version that has no gaps."""
    entries = usher().inventories.ledger(path.target, query.after, query.limit)
    return {"entries": [asdict(entry) for entry in entries], "after": entries[-1].id if entries else query.after}


def audit(path: InventoryPath) -> dict[str, Any]:
    """Check the numbers, the holds and the ledger against each other, now."""
    found = usher().auditor.audit(path.target)
    return {"ok": found.ok, **asdict(found)}


_read = schemas.Inventory.reader(Inventory, "pause", "hold_seconds", "hold_max_seconds", "links")


def as_json(inventory: Inventory) -> dict[str, Any]:
    """The part of the JSON that shows and products share."""
    links = {"self": f"/v1/{inventory.kind}s/{inventory.id}", "events": f"/v1/stream?topic={inventory.target}"}
    return _read(inventory) | {
        "pause": pauses.as_json(inventory.pause),
        "hold_seconds": inventory.hold_ms / 1000,
        "hold_max_seconds": inventory.hold_max_ms / 1000,
        "links": links,
    }


def numbers(inventory: Inventory, pool: str) -> dict[str, int]:
    """The units of one pool."""
    found = inventory.pools[pool]
    return {"capacity": found.capacity, "held": found.held, "sold": found.sold, "available": found.available}


def add_twins(
    blueprint: Blueprint,
    path: type[InventoryPath],
    given: type[InventoryPath],
    change: Change,
    changed: dict[int | str, Any],
) -> None:
    """
    Give a blueprint these routes, for what `path` names; `given` names what came from an answer. `change` submits a
    change of it; `changed` are the documented responses to a change, `still_held` among them.
    """

    def set_status(path: InventoryPath, body: StatusBody) -> Response:
        """
        Open, close or archive the sale.

        Units that are held can still be confirmed; while there are some, it is not archived: 409 still_held. A
        show that was cancelled is not opened again.
        """
        if body.status == "archived":
            return change(messages.ARCHIVE_INVENTORY, path.inventory_id, {})
        return change(messages.SET_STATUS, path.inventory_id, {"status": body.status})

    kind = path.kind
    below = "/<inventory_id>"
    blueprint.put(f"{below}/status", responses=changed)(_twin(set_status, f"set_{kind}_status", path))
    blueprint.delete(below, responses=DELETED)(_twin(delete, f"delete_{kind}", given))
    blueprint.post(f"{below}/pause", responses=PAUSED)(_twin(pause, f"pause_{kind}", path))
    blueprint.post(f"{below}/resume", responses=RESUMED)(_twin(resume, f"resume_{kind}", path))
    blueprint.get(f"{below}/ledger", responses=LEDGER)(_twin(get_ledger, f"get_{kind}_ledger", path))
    blueprint.get(f"{below}/audit", responses=AUDIT)(_twin(audit, f"audit_{kind}", path))


def _twin(view: Callable[..., Any], name: str, path: type[InventoryPath]) -> Callable[..., Any]:
    """The same view under its own name, which is the operation's id, and with the path that the documents show."""

    @wraps(view)
    def twin(**given: Any) -> Any:
        return view(**given)

    twin.__name__ = name
    twin.__doc__ = (view.__doc__ or "").replace("{kind}", path.kind)
    twin.__annotations__ = {**view.__annotations__, "path": path}
    return twin
