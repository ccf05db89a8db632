"""Levels: what buyers see of a show or product, and nothing about others: name, price, what is free. Shared reads."""

import threading
import time
from typing import Any

from api.http import usher
from tasks_app.inventory import Inventory
from tasks_app.usher import Usher


def sells(its: Usher) -> bool:
    """May somebody without a key reserve here? Raises StateUnavailableError."""
    return its.settings.public_sale == "on" or its.key_ring.is_open()


def as_json(one: Inventory, its: Usher) -> dict[str, Any]:
    """What anybody may know. Prices are numbers without a currency, times seconds."""
    prices = one.attributes.get("prices", {}) if one.kind == "show" else {"stock": one.attributes.get("price")}
    pools = [{"name": name, "available": pool.available, "price": prices.get(name)} for name, pool in one.pools.items()]
    return {
        "target": one.target,
        "name": one.name,
        "status": one.status,
        "paused": one.paused,
        "pools": pools,
        "max_per_customer": one.max_per_customer,
        "units_at_most": its.settings.public_sale_units,
        "hold_seconds": one.hold_ms / 1000,
        "sells": sells(its),
    }


class Levels:
    """Reads each show or product once for all pages of this process that want it as it is now."""

    def __init__(self, its: Usher) -> None:
        self._usher = its
        self._lock = threading.Lock()
        self._read: dict[str, tuple[float, dict[str, Any]]] = {}  # target -> when the read began, and what it said

    def read(self, target: str, since: float) -> dict[str, Any]:
        """
        As it was at `since` (monotonic seconds) or later. Raises UnknownInventoryError, StateUnavailableError.
        """
        with self._lock:
            began, found = self._read.get(target, (0.0, {}))
            if not found or began < since:
                began = time.monotonic()
                self._read.pop(target, None)
                found = as_json(self._usher.inventories.read(target), self._usher)
                self._read[target] = began, found
                for other in [one for one, (then, _) in self._read.items() if began - then > 60]:
                    del self._read[other]
        return found


def levels() -> Levels:
    """Those of this process. Only while a request is answered."""
    return usher().part(Levels)
