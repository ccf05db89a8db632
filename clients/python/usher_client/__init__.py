"""
A client of Usher, for programs that block and for asyncio.

    from usher_client import UsherClient

    with UsherClient("http://127.0.0.1:1245") as usher:
        held = usher.reserve_seats("hamlet", {"floor": 2}, customer="ada")
        if held.is_held:
            usher.confirm_reservation(held.id)

`AsyncUsherClient` has the same methods, to be awaited. Whatever they send is safe to repeat, and is repeated when the
connection breaks, within `Patience`: requests that do something have an `Idempotency-Key`, made here unless the caller
gives one. That a show is sold out is an outcome (`held.state == "refused"`); all trouble is a `UsherError` with the
server's `code`. `watch` follows what happens, and goes on where a stream broke off. docs/clients.md has examples.
"""

from usher_client.access import Change, Key, KeyLimits, NewKey
from usher_client.answers import (
    Batch,
    Findings,
    History,
    Job,
    JobType,
    Line,
    ListedJob,
    Notification,
    Pool,
    Product,
    Reservation,
    Show,
    Stats,
    Submitted,
)
from usher_client.async_client import AsyncUsherClient
from usher_client.bodies import (
    Backoff,
    JobChanges,
    JobFilter,
    JobOptions,
    NewJob,
    NewLine,
    NewNotification,
    NewPool,
    NotificationOptions,
    PauseOptions,
    Quiet,
    Recipient,
    SaleOptions,
    Unique,
)
from usher_client.bulk import Bulk, BulkPreview
from usher_client.client import UsherClient
from usher_client.errors import UsherError
from usher_client.events import Event
from usher_client.patience import Patience

__version__ = "0.1.0"

__all__ = [
    "AsyncUsherClient",
    "Backoff",
    "Batch",
    "Bulk",
    "BulkPreview",
    "Change",
    "Event",
    "Findings",
    "History",
    "Job",
    "JobChanges",
    "JobFilter",
    "JobOptions",
    "JobType",
    "Key",
    "KeyLimits",
    "Line",
    "ListedJob",
    "NewJob",
    "NewKey",
    "NewLine",
    "NewNotification",
    "NewPool",
    "Notification",
    "NotificationOptions",
    "Patience",
    "PauseOptions",
    "Pool",
    "Product",
    "Quiet",
    "Recipient",
    "Reservation",
    "SaleOptions",
    "Show",
    "Stats",
    "Submitted",
    "Unique",
    "UsherClient",
    "UsherError",
]
