"""The text of server-sent events."""

from typing import Any

from tasks_app.text import encoded_leniently

HEARTBEAT_SECONDS = 15.0  # below the idle limit of common proxies
REST_SECONDS = 1.0  # between two looks at a state that does not answer
RETRY, HEARTBEAT, UNAVAILABLE = "retry: 2000\n\n", ":\n\n", ": the state is unavailable\n\n"


def message(entry_id: str, body: dict[str, Any], name: str = "") -> str:
    """One message; `name` is its event, none for what happened."""
    return written(entry_id, encoded_leniently(body), name)


def written(entry_id: str, text: str, name: str = "") -> str:
    """The same of a body that is JSON already."""
    head = f"id: {entry_id}\n" + (f"event: {name}\n" if name else "")
    return f"{head}data: {text}\n\n"
