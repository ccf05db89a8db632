"""Dates, JSON, and sentences: what is written and read."""

from tasks_app.text import dates
from tasks_app.text.dates import zone
from tasks_app.text.encoding import Json, JsonObject, decoded, encoded, joined, told
from tasks_app.text.printing import lines, one_line
from tasks_app.text.sentences import VERBS, finding, shown

__all__ = [
    "VERBS",
    "Json",
    "JsonObject",
    "dates",
    "decoded",
    "encoded",
    "finding",
    "joined",
    "lines",
    "one_line",
    "shown",
    "told",
    "zone",
]
