"""The state's server: connections to it, the names of its keys, the layout of its data."""

from tasks_app.state import (
    access_keys,
    connections,
    customer_keys,
    history_keys,
    inventory_keys,
    keys,
    layout,
    notification_keys,
    script_keys,
    worker_keys,
)
from tasks_app.state.cached import forget
from tasks_app.state.cluster import ClusterClient
from tasks_app.state.connections import Connections, connect, translated
from tasks_app.state.entry_ids import order, placed, start_after
from tasks_app.state.layout import LAYOUT, LayoutRefusal
from tasks_app.state.outage import Outage
from tasks_app.state.record_names import STORED, in_script, named

__all__ = [
    "LAYOUT",
    "STORED",
    "ClusterClient",
    "Connections",
    "LayoutRefusal",
    "Outage",
    "access_keys",
    "connect",
    "connections",
    "customer_keys",
    "forget",
    "history_keys",
    "in_script",
    "inventory_keys",
    "keys",
    "layout",
    "named",
    "notification_keys",
    "order",
    "placed",
    "script_keys",
    "start_after",
    "translated",
    "worker_keys",
]
