"""First-run data of the course: products, a show, a blacklist. Created once; what a user removes stays away."""

from tasks_app.classic import BLACKLIST, PRODUCTS, SEATS, SEATS_POOL, SEATS_TARGET
from tasks_app.configuration import Settings
from tasks_app.jobs import JobControls
from tasks_app.notifications import ANY, Suppressions
from tasks_app.state import connections, inventory_keys
from tasks_app.usher import Usher
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Definition


def lay_out(usher: Usher) -> None:
    """Create missing data. Safe to repeat, also after it was cut short. Raises StateUnavailableError."""
    client, settings = usher.connections.worker_state, usher.settings
    with connections.translated():
        if client.exists(inventory_keys.seeded()):
            return
        inventory = InventoryStore(client)
        for number, name, price, stock in PRODUCTS:
            inventory.create(f"product:{number}", _definition(settings, name, {"stock": stock}, {"price": price}))
        inventory.create(SEATS_TARGET, _definition(settings, "The classic show", {SEATS_POOL: SEATS}, {}))
        # Its jobs wait until somebody requests /process, as in the course.
        JobControls(client, lambda _: None).pause(SEATS_TARGET)
        numbers = [f"+1{number}" for number in BLACKLIST]  # in every region
        Suppressions(client, usher.recipients).suppress(ANY, numbers, "the course's blacklist")
        client.set(inventory_keys.seeded(), "1")


def _definition(settings: Settings, name: str, pools: dict[str, int], attributes: dict[str, int]) -> Definition:
    hold_ms, hold_max_ms = int(settings.hold_seconds * 1000), int(settings.hold_max_seconds * 1000)
    return Definition(name, pools, hold_ms, hold_max_ms, None, attributes)
