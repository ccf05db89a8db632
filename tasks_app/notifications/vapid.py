"""The public half of the Web Push keys, as the browsers need it to subscribe. A worker makes the pair."""

import json
from typing import cast

from tasks_app.state import connections, notification_keys


def public_key() -> str | None:
    """
    The applicationServerKey of this Usher, base64url; None until a worker has started for the first time.

    Raises StateUnavailableError.
    """
    with connections.translated():
        record = cast(str | None, connections.state().get(notification_keys.vapid()))
    return json.loads(record)["public"] if record else None
