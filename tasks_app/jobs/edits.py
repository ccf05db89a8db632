"""Edits: what somebody changes of a job that waits or is replayed, and what its record keeps of that."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks_app.jobs.record_values import data_of, kept_data
from tasks_app.state import STORED
from tasks_app.text import encoded

# Stored name of a field -> the caller's name of it, and how the value before an edit is read; "" = it had none.
_READ: Mapping[str, tuple[str, Any]] = {
    STORED["data"]: ("data", data_of),
    "priority": ("priority", lambda text: int(text or 0)),
    "max": ("attempts", lambda text: int(text or 1)),
    "title": ("title", lambda text: text or None),
    "metadata": ("metadata", lambda text: json.loads(text or "{}")),
    "due": ("due_ms", lambda text: int(text) if text else None),
}


@dataclass(frozen=True, slots=True)
class Edits:
    """
    What a job asks for from now on; None = as before, and "" = without a title. A date is `delay_ms` from now, or
    `due_ms`, unix ms; one in the past means at once.
    """

    data: Mapping[str, Any] | None = None
    priority: int | None = None
    attempts: int | None = None
    title: str | None = None
    metadata: Mapping[str, Any] | None = None
    delay_ms: int | None = None
    due_ms: int | None = None

    def stored(self) -> list[str]:
        """
        Names and values of the fields as editing.lua takes them, flat, without a date. Raises ValueError, TypeError for
        data that JSON cannot hold.
        """
        values = {
            STORED["data"]: None if self.data is None else kept_data(self.data),
            "priority": None if self.priority is None else str(self.priority or ""),
            "max": None if self.attempts is None else str(self.attempts),
            "title": self.title,
            "metadata": None if self.metadata is None else encoded(self.metadata) if self.metadata else "",
        }
        return [part for name, value in values.items() if value is not None for part in (name, value)]


def edits_of(text: str | None) -> list[dict[str, Any]]:
    """The last edits of a job, oldest first, from its record: edited_ms, by ("" = nobody with a key), before."""
    return [
        {
            "edited_ms": int(one["at"]),
            "by": one["by"],
            "before": dict(_before(name, value) for name, value in one["before"].items()),
        }
        for one in (json.loads(text) if text else [])
    ]


def _before(name: str, value: str) -> tuple[str, Any]:
    told, read = _READ[name]
    return told, read(value)
