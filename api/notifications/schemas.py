"""Schemas of the answers about notifications, suppressions and subscriptions, for the served documents."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from api.http import LeftOut
from api.jobs import ID, MOMENT_MS, AcceptedBatch, BatchId, Created, Due, Finished, JobId, Links, Metadata, Schema

NotificationState = Annotated[
    Literal["queued", "delayed", "sending", "sent", "in_doubt", "skipped", "sandboxed", "failed", "cancelled"],
    Field(
        description="Where it is; `in_doubt`: it may have arrived or not; `sandboxed`: it was written to the console",
        examples=["sent"],
    ),
]
Duplicates = Annotated[int, Field(description="Notifications known already by their `dedup_key`", examples=[0])]
Suppressed = Annotated[
    int, Field(description="Notifications that failed at once: their recipient is on a list", examples=[0])
]
Channel = Annotated[str, Field(description="How it is sent", examples=["console"])]


class AcceptedNotifications(AcceptedBatch):
    """Notifications were recorded."""

    duplicates: Duplicates
    suppressed: Suppressed


class AcceptedLines(Schema):
    """The same for a stream of lines; the batch lists its jobs."""

    id: BatchId
    taken: int = Field(description="Lines that became jobs", examples=[2])
    duplicates: Duplicates
    suppressed: Suppressed
    links: Links


class AcceptedNotification(Schema):
    """A notification was recorded and will be sent."""

    id: JobId
    state: NotificationState
    links: Links


class TakenNotifications(RootModel[AcceptedNotification | AcceptedNotifications | AcceptedLines]):
    """For one, for an array or a template, and for lines."""


class Suppression(Schema):
    """An address to which nothing is sent: over this channel, or, on the list `any`, over all."""

    channel: str = Field(description="The channel, or `any`", examples=["any"])
    address: str = Field(description="The address in its one normal form", examples=["+14153518780"])
    why: str = Field(description="The reason that was given", examples=["on request"])
    since_ms: int = Field(description="Since when it is on the list, unix ms", examples=[MOMENT_MS])


class Notification(Schema):
    """What became of a notification."""

    id: JobId
    state: NotificationState
    channel: Channel
    to: str = Field(description="Who gets it", examples=["ada"])
    message: str = Field(description="The text", examples=["The show moved to Friday"])
    title: str | None = Field(description="Its heading; null = none", examples=["Hamlet"])
    answer: str | None = Field(description="The kind of the provider's answer; null = none yet", examples=["printed"])
    code: str | None = Field(description="Why it failed, or waits, for programs; null = neither", examples=[None])
    error: str | None = Field(description="The same for people", examples=[None])
    suppression: Suppression | None = Field(description="Since when nothing is sent to its recipient; null = it is")
    attempts_made: int = Field(description="Attempts that started", examples=[1])
    attempts_max: int = Field(description="The most attempts that it may have", examples=[1])
    batch: str | None = Field(description="The batch that it came with; null = it came alone", examples=[None])
    metadata: Metadata
    created_ms: Created
    due_ms: Due
    expires_ms: int | None = Field(
        description="It is not sent after this, unix ms; null = no limit", examples=[MOMENT_MS + 86_400_000]
    )
    finished_ms: Finished
    links: Links


class ListedNotification(Notification):
    """A notification in a list, with only the head of a long message."""

    left_out: LeftOut


class NotificationPage(Schema):
    """Some notifications."""

    notifications: list[ListedNotification] = Field(description="In the order of `GET /v1/jobs`")
    cursor: str | None = Field(description="The `cursor` of the next page; null = there are no more", examples=[None])


class Suppressions(Schema):
    """Part of a list."""

    suppressions: list[Suppression] = Field(description="In no order")
    cursor: int | None = Field(description="The `cursor` of the next page; null = there are no more", examples=[None])


class SuppressionSize(Schema):
    """A list."""

    channel: str = Field(description="The channel, or `any`", examples=["any"])
    size: int = Field(description="Addresses on it", examples=[2])


class SuppressionSizes(Schema):
    """The lists."""

    lists: list[SuppressionSize] = Field(description="`any` first")


class ImportedSuppressions(Schema):
    """What became of an import."""

    added: int = Field(description="Addresses that are new on the list", examples=[2])
    known: int = Field(description="Addresses that were on it already", examples=[0])


class Subscription(Schema):
    """A browser's subscription."""

    id: str = Field(description="The subscription's id, the address of the channel `webpush`", examples=[ID])
    links: Links


class PushKey(Schema):
    """The key with which browsers subscribe."""

    public_key: str = Field(
        description="The applicationServerKey (VAPID), 65 bytes in base64url",
        examples=["BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"],
    )
