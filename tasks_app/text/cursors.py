"""Cursors: where a list goes on, as a text that callers give back."""

import base64
import json
from collections.abc import Sequence
from typing import Any

from tasks_app.text.encoding import encoded


def cursor_of(place: Sequence[Any]) -> str:
    """The cursor for a place in a list, which JSON can hold."""
    return base64.urlsafe_b64encode(encoded(place).encode()).decode()


def place_of(cursor: str) -> Any:
    """The place; None for "". Raises ValueError or RecursionError for a text that no `cursor_of` made."""
    return json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode()) if cursor else None
