"""The bodies of notifications, and the jobs that they ask for."""

import hashlib
import json
import time
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic import Tag as Branch

from api.access import derived_id, fresh_id, require_channel
from api.http import ADDRESS, BATCH, Address, Body, LongBody, Metadata, Seconds, few, usher
from api.jobs import Attempts, BackoffBody, Data, DelayMs, DueAt, Priority, UnixMs, due_of, priority_number
from api.notifications.channel_names import ChannelName
from tasks_app.configuration import DEFAULT_CHANNEL
from tasks_app.jobs import DEDUP, PUSH_NOTIFICATION, Backoff, NewJob
from tasks_app.notifications import TTL_SECONDS, Wording
from tasks_app.text import encoded, zone

BACKOFF = Backoff(delay_ms=10_000)

Message = Annotated[str, Field(min_length=1, max_length=10_000, description="The text, up to 10,000 characters")]
Title = Annotated[str, Field(max_length=200, description="Its heading, where the channel has one")]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


def _known_zone(name: str) -> str:
    zone(name)
    return name


def _template(text: str) -> str:
    Wording(text)
    return text


def _variable(given: Any) -> Any:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise ValueError("must be a text or a finite number")
    try:
        encoded(given)
    except ValueError as error:
        raise ValueError("must be a text or a finite number of at most 64 bits") from error
    return given


Variable = Annotated[str | int | float, BeforeValidator(_variable)]  # before: otherwise each branch reports a fault


class QuietBody(Body):
    """When not to disturb the recipient, by the clock of the recipient's time zone."""

    from_: Annotated[Clock, Field(alias="from", description="When it begins, HH:MM")]
    to: Annotated[Clock, Field(description="When it ends, HH:MM; before `from` = on the next day")]
    zone: Annotated[str, AfterValidator(_known_zone), Field(description="The time zone's name, e.g. `Europe/Berlin`")]
    policy: Literal["defer", "skip", "override"] = Field(
        "defer", description="`defer` waits for the end, `skip` sends nothing, `override` sends anyway"
    )

    @field_validator("to")
    @classmethod
    def _ends(cls, to: str, found: ValidationInfo) -> str:
        if to == found.data.get("from_"):
            raise ValueError("is the same as `from`: it would be quiet for ever, or never")
        return to


class OneBody(Body):
    """Whom to notify, and how: with either `to` or `phoneNumber`."""

    channel: ChannelName = Field(DEFAULT_CHANNEL, description="How it is sent; `console` prints a line")
    to: Address | None = Field(None, description=f"Who gets it. {ADDRESS}")
    phone_number: Annotated[
        Address | None, Field(alias="phoneNumber", description="The course's name for `to`: a telephone number")
    ] = None
    data: Annotated[Data, Field(description="Sent with it to webhooks and browsers")]
    metadata: Metadata
    urgency: Literal["very-low", "low", "normal", "high"] = Field(
        "normal", description="For Web Push: a device that saves power may show low ones later"
    )
    ttl_seconds: Seconds | None = Field(
        None, description="How long after it is due it may still be sent, s; by default a day"
    )
    quiet: QuietBody | None = Field(None, description="When not to disturb the recipient")
    dedup_key: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        None, description="A recipient gets one notification with this key per channel, as long as its job is kept"
    )
    priority: Priority = 0
    attempts: Attempts | None = Field(None, description="The most attempts; by default 5, on the console 1")
    backoff: BackoffBody | None = Field(None, description="The wait before the next attempt; by default 10 s, doubling")
    delay_ms: DelayMs = 0
    due_ms: UnixMs = None
    due: DueAt = None

    @field_validator("to", "phone_number")
    @classmethod
    def _one_recipient(cls, address: str | None, found: ValidationInfo) -> str | None:
        if address is not None and (channel := found.data.get("channel")):
            usher().recipients.names(channel, address)
        return address

    @model_validator(mode="after")
    def _addressed(self) -> Self:
        if (self.to is None) == (self.phone_number is None):
            raise ValueError("must have either `to` or `phoneNumber`")
        if self.to is None and usher().channels.terms(self.channel).to_subscriptions:
            raise ValueError(f"must have `to`, the id of a subscription, for {self.channel}")
        due_of(self)
        return self

    @property
    def address(self) -> str:
        """Where it goes."""
        return self.to or self.phone_number or ""

    def job(
        self, message: str, title: str, job_id: str = "", fingerprint: str = "", batch: str = "", request: str = ""
    ) -> NewJob:
        """
        The job. With a `dedup_key` its id is that of the first job with this key for this recipient. `request` is the
        fingerprint of the whole request, if it is not that of the job.
        """
        require_channel(self.channel)
        request = request or (fingerprint if batch or self.dedup_key is None else "")
        if self.dedup_key is not None:
            key = (usher().recipients.names(self.channel, self.address) or [self.address])[0]
            job_id, fingerprint = derived_id(self.dedup_key, f"{self.channel}:{key}", DEDUP), DEDUP
        attempts = self.attempts or usher().channels.terms(self.channel).attempts
        backoff = Backoff(**self.backoff.model_dump()) if self.backoff else BACKOFF
        return NewJob(
            type=PUSH_NOTIFICATION,
            data=self._content(message, title),
            id=job_id or fresh_id(),
            fingerprint=fingerprint,
            request=request,
            batch=batch,
            priority=priority_number(self.priority),
            attempts=attempts,
            backoff=backoff if attempts > 1 else None,
            delay_ms=self.delay_ms,
            due_ms=due_of(self),
            metadata=self.metadata,
        )

    def _content(self, message: str, title: str) -> dict[str, Any]:
        """What worker/notifications/notifications.py reads; defaults are left out, to save memory."""
        data: dict[str, Any] = {"phoneNumber": self.phone_number} if self.to is None else {"to": self.to}
        data["message"] = message
        if self.channel != DEFAULT_CHANNEL:
            data["channel"] = self.channel
        if title:
            data["title"] = title
        if self.data:
            data["data"] = self.data
        if self.urgency != "normal":
            data["urgency"] = self.urgency
        if self.ttl_seconds:
            data["ttl_ms"] = int(self.ttl_seconds * 1000)
        due_ms = max(due_of(self), int(time.time() * 1000) + self.delay_ms)
        data["expires_ms"] = due_ms + data.get("ttl_ms", TTL_SECONDS * 1000)
        if self.quiet:
            data["quiet"] = self.quiet.model_dump(by_alias=True)
        return data

    def fingerprint(self) -> str:
        """Equal for two bodies that ask for the same."""
        return hashlib.sha256(json.dumps(self.model_dump(), sort_keys=True, allow_nan=False).encode()).hexdigest()[:16]


class NotificationBody(OneBody):
    """One notification."""

    message: Message
    title: Title = ""


class RecipientBody(OneBody):
    """A recipient of a template."""

    variables: Annotated[
        dict[str, Variable],
        BeforeValidator(few),
        Field(default_factory=dict, description="The values for the gaps of the template, by name"),
    ]


class TemplateBody(Body):
    """A text with a `{name}` for each variable."""

    message: Annotated[Message, AfterValidator(_template)]
    title: Annotated[Title, AfterValidator(_template)] = ""


class MailingBody(Body):
    """One text for many recipients, each with variables of its own."""

    template: TemplateBody = Field(description="The text, with a `{name}` for each variable")
    recipients: Annotated[list[RecipientBody], *BATCH, Field(description="Who gets it")]


def _form(given: Any) -> str:
    if isinstance(given, list):
        return "<many>"
    named = given if isinstance(given, dict) else getattr(given, "__dict__", {})
    return "<mailing>" if "template" in named or "recipients" in named else "<one>"


Form = Annotated[
    Annotated[NotificationBody, Branch("<one>")]
    | Annotated[list[NotificationBody], *BATCH, Branch("<many>")]
    | Annotated[MailingBody, Branch("<mailing>")],
    Discriminator(_form),
]


class NotificationsBody(LongBody):
    """One notification, several as a batch, or a template with recipients as a batch."""

    root: Form
