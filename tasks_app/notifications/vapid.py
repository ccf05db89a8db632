"""The public half of the Web Push keys, as the browsers need it to subscribe. A worker makes the pair."""

import json
from typing import cast

import redis

from tasks_app.state import connections, notification_keys


def public_key(client: redis.Redis) -> str | None:
    """
    The applicationServerKey of this Usher, base64url; None until a worker has started for the first time.

    Raises StateUnavailableError.
    """
    with connections.translated():
        record = cast(str | None, client.get(notification_keys.vapid()))
    return json.loads(record)["public"] if record else None
