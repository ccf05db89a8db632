"""The public half of the Web Push keys, which browsers need to subscribe. A worker makes the pair."""

import json
from typing import cast

import redis

from tasks_app.state import connections, notification_keys


def public_key(client: redis.Redis) -> str | None:
    """
    The applicationServerKey of this Usher, base64url; None until the first start of a worker.

    Raises StateUnavailableError.
    """
    with connections.translated():
        record = cast(str | None, client.get(notification_keys.vapid()))
    return json.loads(record)["public"] if record else None
