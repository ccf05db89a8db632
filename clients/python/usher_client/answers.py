"""What answers are read into. Each has all that was said in `body`, what this client does not know included."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NotRequired, Self, TypedDict

ENDED = frozenset({"complete", "failed", "cancelled"})  # states of a job in which nothing more happens by itself
UNDECIDED = frozenset({"queued", "delayed", "active"})  # states of a reservation that has no outcome yet
ON_THE_WAY = frozenset({"queued", "delayed", "sending"})  # states of a notification


class Line(TypedDict):
    """Units of one pool; `target` is the show or product, in a reservation over several."""

    pool: str
    quantity: int
    target: NotRequired[str]


class Pool(TypedDict):
    """Units of one pool of a show: in all, held, sold and free."""

    capacity: int
    held: int
    sold: int
    available: int
    price: float | None


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A JSON object as an object."""

    body: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """Its known members; those that are missing have their defaults. Raises TypeError where there is none."""
        names = [one.name for one in fields(cls) if one.name in body and one.name != "body"]
        return cls(**{name: body[name] for name in names}, body=body)


@dataclass(frozen=True, kw_only=True)
class Reservation(Answered):
    """
    Units held for a customer. `state`: `held` and `confirmed` take units; `refused` never did, and `refusal` says why:
    its `code` (`sold_out`) and the numbers behind it, in `detail` a sentence. `queued`: it is not decided yet.
    """

    id: str
    state: str
    target: str = ""
    lines: list[Line] = field(default_factory=list)
    customer: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created_ms: int | None = None
    expires_ms: int | None = None
    finished_ms: int | None = None
    refusal: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""
    error: Mapping[str, Any] | None = None

    @property
    def is_held(self) -> bool:
        """It has its units, held or sold."""
        return self.state in ("held", "confirmed")

    @property
    def is_decided(self) -> bool:
        """It is no longer waiting in line."""
        return self.state not in UNDECIDED


@dataclass(frozen=True, kw_only=True)
class Show(Answered):
    """A show and its pools as they are. Times of holds are in s."""

    id: str
    name: str
    status: str
    pools: dict[str, Pool]
    hold_seconds: float
    hold_max_seconds: float
    max_per_customer: int | None = None
    version: int = 0
    edition: int = 0
    paused: bool = False
    pause: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Product(Answered):
    """A product and its units as they are. Times of holds are in s."""

    id: str
    name: str
    status: str
    capacity: int
    held: int
    sold: int
    available: int
    hold_seconds: float
    hold_max_seconds: float
    price: float | None = None
    max_per_customer: int | None = None
    version: int = 0
    edition: int = 0
    paused: bool = False
    pause: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Cancellation(Answered):
    """Reservations of a cancelled show that are released, and how many customers are told, by the batch `batch`."""

    target: str
    dry_run: bool
    held: int
    confirmed: int
    customers: int
    batch: str | None = None


@dataclass(frozen=True, kw_only=True)
class Forgotten(Answered):
    """A customer who was forgotten: the pseudonym, how much has it now, and what stays (`what`, `count`, `why`)."""

    customer: str
    replaced: dict[str, int]
    kept: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Job(Answered):
    """One job. `result` and `outcome` are what its handler returned, `error` is why it failed (`code`, `message`)."""

    id: str
    state: str
    type: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    result: Any = None
    outcome: str | None = None
    error: Mapping[str, Any] | None = None
    progress: int = 0
    attempts_made: int = 0
    batch: str | None = None
    replay_of: str | None = None
    edits: list[dict[str, Any]] = field(default_factory=list)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created_ms: int | None = None
    due_ms: int | None = None
    finished_ms: int | None = None

    @property
    def is_over(self) -> bool:
        """Nothing more happens to it, unless somebody replays it."""
        return self.state in ENDED


@dataclass(frozen=True, kw_only=True)
class ListedJob(Job):
    """
    A job in a list. What has more than 4,096 bytes of JSON is left out: `left_out` says how many bytes each such member
    has, and `get_job` has them.
    """

    data: Mapping[str, Any] | None = field(default_factory=dict)  # type: ignore[assignment]
    edits: list[dict[str, Any]] | None = field(default_factory=list)  # type: ignore[assignment]
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Submitted(Answered):
    """
    Several jobs or notifications were taken in, as the batch `id`. `jobs` are their ids, or, for lines, `taken` is how
    many there are. `conflicts`: jobs for which others with their unique keys stand.
    """

    id: str
    jobs: list[str] = field(default_factory=list)
    taken: int = 0
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    duplicates: int = 0
    suppressed: int = 0


@dataclass(frozen=True, kw_only=True)
class Batch(Answered):
    """Jobs that were submitted together, counted by `state` and by `outcome`. `type`: that of the first job."""

    id: str
    total: int
    counts: dict[str, int]
    outcomes: dict[str, int]
    finished: bool
    paused: bool
    type: str | None = None
    pause: Mapping[str, Any] | None = None
    created_ms: int | None = None
    cancelled: int = 0
    replayed: int = 0


@dataclass(frozen=True, kw_only=True)
class Notification(Answered):
    """
    A notification. `state` is `sent` when its provider took it; `code` and `error` say why it failed, or waits. A list
    has only the head of a long `message`, and says its bytes in `left_out`; `get_notification` has all of it.
    """

    id: str
    state: str
    channel: str = ""
    to: str = ""
    message: str = ""
    title: str | None = None
    answer: str | None = None
    suppression: Mapping[str, Any] | None = None
    code: str | None = None
    error: str | None = None
    batch: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    created_ms: int | None = None
    due_ms: int | None = None
    finished_ms: int | None = None

    @property
    def is_over(self) -> bool:
        """Nothing more happens to it by itself."""
        return self.state not in ON_THE_WAY


@dataclass(frozen=True, kw_only=True)
class JobType(Answered):
    """A job type: what may begin of it, and its `pause`: since_ms, by, reason, until_ms."""

    type: str
    weight: int
    paused: bool
    pause: Mapping[str, Any] | None = None
    at_once: int | None = None
    rate: Mapping[str, Any] | None = None
    per_key: Mapping[str, Any] = field(default_factory=dict)
    paused_keys: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PausedGroup(Answered):
    """Whether the `group`, a queue or a channel, is paused, and its `pause`: since_ms, by, reason, until_ms."""

    group: str
    paused: bool
    pause: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Sandbox(Answered):
    """Whether every notification goes to the console instead of to its provider; since when (unix ms), by whom, why."""

    on: bool
    since_ms: int | None = None
    by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class History(Answered):
    """
    How it went by queue, type, show and product: by the name of a number, one for each step, the oldest first; None =
    nothing was recorded. Times in ms. See `/v1/history` in the served documents.
    """

    span: str
    start_ms: int
    step_ms: int
    recorded_ms: list[int | None]
    queues: dict[str, dict[str, list[int | None]]] = field(default_factory=dict)
    types: dict[str, dict[str, list[int | None]]] = field(default_factory=dict)
    inventories: dict[str, dict[str, list[int | None]]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Findings(Answered):
    """What is wrong: `status` is `ok`, `warning` or `error`; each finding says `what`, and in `remedy` what to do."""

    status: str
    findings: list[dict[str, str]] = field(default_factory=list)
    unseen: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Stats(Answered):
    """How much there is of everything: see `/v1/stats` in the served documents."""

    jobs: dict[str, dict[str, int]]
    paused: dict[str, dict[str, Any]]
    queues: dict[str, int]
    backlog: dict[str, Any] = field(default_factory=dict)
    rates: dict[str, dict[str, float]] = field(default_factory=dict)
    on_sale: list[dict[str, Any]] = field(default_factory=list)
    slots: list[dict[str, Any]] = field(default_factory=list)
    workers: list[dict[str, Any]] = field(default_factory=list)
    dead_messages: int | None = None
