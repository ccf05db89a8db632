"""What a channel gets to send, and what it answers."""

from dataclasses import dataclass, field

from tasks_app.text import JsonObject


@dataclass(frozen=True, slots=True)
class Notification:
    """What is to be sent, and to whom."""

    id: str  # the job's id, the same in all attempts: the collapse key, and a webhook's id
    to: str  # a phone number, an address or a URL
    message: str
    title: str = ""
    data: JsonObject = field(default_factory=dict)
    ttl_seconds: int = 86_400  # how long the provider may keep trying; above 0
    urgency: str = "normal"  # very-low, low, normal, high (RFC 8030)
    subscription: JsonObject | None = None  # for Web Push: the result of the browser's subscribe()


@dataclass(frozen=True, slots=True)
class Reply:
    """A provider's answer, or our own word for why there is none."""

    code: str  # the provider's status ("201"), or ours: a name in the channel's `answers` (meanings.py)
    retry_after_seconds: float | None = None  # as the provider asked, without our cap
    detail: str = ""  # in our words, short, for the caller; without secrets
    said: str = ""  # in the provider's words, short, printable; for operators only: callers chose the server
