"""What a channel is given to send, and what it answers."""

from dataclasses import dataclass, field

from tasks_app.text import JsonObject


@dataclass(frozen=True, slots=True)
class Notification:
    """What is to be sent, and to whom."""

    id: str  # the job's id, the same for all attempts: the collapse key, and the id of a webhook
    to: str  # a phone number, an address or a URL
    message: str
    title: str = ""
    data: JsonObject = field(default_factory=dict)
    ttl_seconds: int = 86_400  # how long a provider may keep trying; above 0
    urgency: str = "normal"  # very-low, low, normal, high (RFC 8030)
    subscription: JsonObject | None = None  # of Web Push: what the browser's subscribe() gave


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a provider, or our own word for what kept it from coming."""

    code: str  # the provider's status ("201"), or ours: one of the names in outcomes.py
    retry_after_seconds: float | None = None  # as the provider asked, not yet capped
    detail: str = ""  # in our words, short, for the caller; holds no secret
    said: str = ""  # in the provider's, short and printable, for operators: callers chose whom we ask
