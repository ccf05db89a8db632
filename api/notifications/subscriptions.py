"""Subscriptions: browsers that want to be notified (Web Push), and the key with which they subscribe."""

import base64
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from flask import Response
from pydantic import AfterValidator, Field

from api.http import (
    Body,
    JobId,
    Parameters,
    answer,
    openapi,
    problem,
    usher,
)
from api.notifications import schemas
from tasks_app.configuration import allowed, literal
from tasks_app.notifications import vapid

blueprint = openapi.blueprint("subscriptions", "/v1", "Browsers that want to be notified (Web Push).")

BASE64URL = r"^[A-Za-z0-9_-]+={0,2}$"
POINT_BYTES, SECRET_BYTES = 65, 16  # RFC 8291, section 3


def _endpoint(url: str) -> str:
    try:
        parts = urlsplit(url)
        address = literal(parts.hostname or "")  # what a name stands for is checked when something is sent
        known = parts.scheme == "https" or (parts.scheme == "http" and address and ip_address(address).is_loopback)
        known = known and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError("must be an https URL; http is for this machine only")
    if address and not allowed(address, usher().settings.allowed_networks):
        raise ValueError("must have a public address, or one in USHER_ALLOWED_NETWORKS")
    return url


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def _point(text: str) -> str:
    data = _bytes(text)
    if len(data) != POINT_BYTES or data[0] != 4:
        raise ValueError(f"must be a point on P-256: {POINT_BYTES} bytes, base64url")
    return text


def _secret(text: str) -> str:
    if len(_bytes(text)) != SECRET_BYTES:
        raise ValueError(f"must be {SECRET_BYTES} bytes, base64url")
    return text


class KeysBody(Body):
    """The keys for encryption: the push service must not read a message."""

    p256dh: Annotated[
        str,
        Field(pattern=BASE64URL, max_length=100, description="The browser's public key, 65 bytes in base64url"),
        AfterValidator(_point),
    ]
    auth: Annotated[
        str,
        Field(pattern=BASE64URL, max_length=30, description="The browser's secret, 16 bytes in base64url"),
        AfterValidator(_secret),
    ]


class SubscriptionBody(Body):
    """The JSON of a browser's PushSubscription."""

    endpoint: Annotated[
        str,
        Field(max_length=2_000, description="Where its push service takes messages, a URL"),
        AfterValidator(_endpoint),
    ]
    expiration_time: Annotated[
        float | None, Field(alias="expirationTime", description="When it ends, unix ms; Usher ignores it")
    ] = None
    keys: KeysBody = Field(description="What messages are encrypted with")


class SubscriptionPath(Parameters):
    """A subscription."""

    subscription_id: Annotated[JobId, Field(description="The `id` in the answer that stored it")]


@blueprint.post("/subscriptions", responses=openapi.responses({201: schemas.Subscription}))
def create_subscription(body: SubscriptionBody) -> Response:
    """Store a browser's subscription: 201. The same endpoint has the same id; its newest keys are used."""
    subscription_id = usher().subscriptions.save({"endpoint": body.endpoint, "keys": body.keys.model_dump()})
    location = f"/v1/subscriptions/{subscription_id}"
    return answer({"id": subscription_id, "links": {"self": location}}, 201, location=location)


@blueprint.delete("/subscriptions/<subscription_id>", responses=openapi.responses({204: None}))
def delete_subscription(path: SubscriptionPath) -> Response:
    """Delete a subscription. Safe to repeat."""
    usher().subscriptions.delete(path.subscription_id)
    return Response(status=204)


@blueprint.get("/push-key", responses=openapi.responses({200: schemas.PushKey}, "push_key_missing"))
def get_push_key() -> Response:
    """The public key with which browsers subscribe; 503 until a worker has started for the first time."""
    key = vapid.public_key(usher().connections.state)
    if key is None:
        return problem("push_key_missing", "A worker makes the key when it starts for the first time.")
    return answer({"public_key": key}, 200)
