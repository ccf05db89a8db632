"""What callers write: the bodies of requests, with the names of the API."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, Required, TypedDict

Priority = int | Literal["low", "normal", "medium", "high", "critical"]


class NewPool(TypedDict):
    """A pool of a new show: `capacity` units at `price` each, in the currency of your choice."""

    name: str
    capacity: int
    price: NotRequired[float]


class NewLine(TypedDict, total=False):
    """Units of a show's `pool` or of a product: 1, unless `quantity` says otherwise."""

    show: str
    pool: str
    product: str
    quantity: int


class SaleOptions(TypedDict, total=False):
    """
    Of a new show or product. A hold lasts `hold_seconds`, s, and with its extensions at most `hold_max_seconds`; a
    customer may have `max_per_customer` units. Without an `id` the server makes one.
    """

    id: str
    hold_seconds: float
    hold_max_seconds: float
    max_per_customer: int


class ProductChanges(TypedDict, total=False):
    """
    What changes of a product; what is missing stays. None is no price, and no limit. With `edition`, it is changed only
    if it still has this one.
    """

    name: str
    price: float | None
    hold_seconds: float
    hold_max_seconds: float
    max_per_customer: int | None
    edition: int


class ShowChanges(TypedDict, total=False):
    """The same of a show: `new_pools` are added, `prices` are those of its pools."""

    name: str
    new_pools: Sequence[NewPool]
    prices: Mapping[str, float | None]
    hold_seconds: float
    hold_max_seconds: float
    max_per_customer: int | None
    edition: int


class Notice(TypedDict):
    """What the customers of a cancelled show are told; `{customer}` and `{show}` stand for their names."""

    message: str
    title: NotRequired[str]
    channel: NotRequired[str]


class Backoff(TypedDict, total=False):
    """The wait before the next attempt, ms; `jitter` is the share of it that is left to chance."""

    kind: Literal["fixed", "exponential"]
    delay_ms: int
    max_ms: int
    jitter: float


# Of a type only one job at a time has this key. In this form since `while` is a keyword of Python.
Unique = TypedDict(
    "Unique",
    {
        "key": Required[str],
        "while": float | Literal["queued", "unfinished"],
        "on_conflict": Literal["return", "replace", "refuse"],
    },
    total=False,
)


class Attempted(TypedDict, total=False):
    """
    How often something is tried, and when: after `delay_ms`, ms, or at `due_ms`, unix ms, or at `due`, ISO 8601.
    `metadata` are words of your own about it.
    """

    metadata: dict[str, Any]
    priority: Priority
    attempts: int
    backoff: Backoff
    delay_ms: int
    due_ms: int
    due: str


class JobOptions(Attempted, total=False):
    """
    What a job may have besides its type and data: see docs/jobs.md. `key` is whose it is: the keys of a type take
    turns.
    """

    key: str
    ttl_ms: int
    title: str
    unique: Unique


class PauseOptions(TypedDict, total=False):
    """Why something is paused, and when that ends by itself: `until`, ISO 8601, or after `for_seconds`, s."""

    reason: str
    until: str
    for_seconds: float


class JobChanges(TypedDict, total=False):
    """
    What changes of a job that has not begun; what is missing stays. The `title` None is none. It may have one date:
    `delay_ms`, `due_ms` or `due`.
    """

    data: Mapping[str, Any]
    priority: Priority
    attempts: int
    title: str | None
    metadata: Mapping[str, Any]
    delay_ms: int
    due_ms: int
    due: str


class JobFilter(TypedDict, total=False):
    """Which jobs: those to which all of it applies, as in `list_jobs`. It has at least one condition."""

    q: str
    state: str
    type: str
    target: str
    batch: str
    code: str
    since: str
    until: str
    metadata: Mapping[str, str]


class NewJob(JobOptions):
    """One job of several."""

    type: Required[str]
    data: dict[str, Any]


Quiet = TypedDict(
    "Quiet", {"from": str, "to": str, "zone": str, "policy": NotRequired[Literal["defer", "skip", "override"]]}
)


class RecipientOptions(Attempted, total=False):
    """How somebody is notified: see docs/notifications.md."""

    channel: str
    data: dict[str, Any]
    urgency: Literal["very-low", "low", "normal", "high"]
    ttl_seconds: float
    quiet: Quiet
    dedup_key: str


class NotificationOptions(RecipientOptions, total=False):
    """The same, with a heading where the channel has one."""

    title: str


class NewNotification(NotificationOptions):
    """One notification of several."""

    to: Required[str]
    message: Required[str]


class Recipient(RecipientOptions):
    """A recipient of a text with gaps, and what stands in them."""

    to: Required[str]
    variables: NotRequired[dict[str, str | int | float]]
