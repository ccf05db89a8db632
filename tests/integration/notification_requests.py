"""Requests for notifications, as the tests of their routes make them."""

import json
from typing import Any

from tests.integration.api_system import Api

NDJSON = "application/x-ndjson"
PATH = "/v1/notifications"
HOUR_MS = 3_600_000


def job_of(api: Api, location: str) -> Any:
    return api.get(location.replace("notifications", "jobs")).json


def later(number: int, **more: Any) -> dict[str, Any]:
    """A notification that waits."""
    return {"to": f"guest {number}", "message": "Hello", "delay_ms": HOUR_MS, **more}


def send_lines(api: Api, lines: Any, **headers: str) -> Any:
    """Post lines; bytes as they are, anything else as JSON."""
    encoded = b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in lines)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.client.post(PATH, data=encoded, content_type=NDJSON, headers=named)
