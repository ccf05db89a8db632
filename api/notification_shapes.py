"""What the answers about notifications, suppressions and subscriptions look like, for the served documents."""

from typing import Literal

from pydantic import RootModel

from api.shapes import AcceptedBatch, Links, Shape

NotificationState = Literal["queued", "delayed", "sending", "sent", "in_doubt", "skipped", "failed", "cancelled"]


class AcceptedNotifications(AcceptedBatch):
    """
    Notifications were recorded. `duplicates` were known by their dedup_key already, `suppressed` failed at once as
    their recipients are on the suppression list.
    """

    duplicates: int
    suppressed: int


class AcceptedLines(Shape):
    """The same for a stream of lines, of which `taken` jobs were made; the batch lists them."""

    id: str
    taken: int
    duplicates: int
    suppressed: int
    links: Links


class AcceptedNotification(Shape):
    """A notification was recorded and will be carried."""

    id: str
    state: NotificationState
    links: Links


class TakenNotifications(RootModel[AcceptedNotification | AcceptedNotifications | AcceptedLines]):
    """For one, for an array or a template, and for lines."""


class Notification(Shape):
    """What became of a notification. `answer` is the provider's; `code` and `error` say why it failed, or waits."""

    id: str
    state: NotificationState
    channel: str
    to: str
    message: str
    title: str | None
    answer: str | None
    code: str | None
    error: str | None
    attempts_made: int
    attempts_max: int
    batch: str | None
    created_ms: int
    due_ms: int | None
    expires_ms: int | None
    finished_ms: int | None
    links: Links


class Suppression(Shape):
    """An address to which nothing is sent: over this channel, or, on the list `any`, over all."""

    channel: str
    address: str
    why: str
    since_ms: int


class Suppressions(Shape):
    """Part of a list, in no order; `cursor` asks for the next ones, null = no more."""

    suppressions: list[Suppression]
    cursor: int | None


class ImportedSuppressions(Shape):
    """How many addresses are new on the list, and how many stood there already."""

    added: int
    known: int


class Subscription(Shape):
    """A browser's subscription; its id is the address of the channel `webpush`."""

    id: str
    links: Links


class PushKey(Shape):
    """The applicationServerKey (VAPID) with which browsers subscribe, base64url."""

    public_key: str
