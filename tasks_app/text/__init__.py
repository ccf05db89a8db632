"""Dates, JSON, and sentences: reading and writing them."""

from tasks_app.text import dates
from tasks_app.text.dates import zone
from tasks_app.text.encoding import Json, JsonObject, decoded, encoded, encoded_leniently, joined
from tasks_app.text.printing import lines, one_line
from tasks_app.text.sentences import NUMBER, OBJECT, TEXT, VERBS, WHOLE, finding, misfit, shown

__all__ = [
    "NUMBER",
    "OBJECT",
    "TEXT",
    "VERBS",
    "WHOLE",
    "Json",
    "JsonObject",
    "dates",
    "decoded",
    "encoded",
    "encoded_leniently",
    "finding",
    "joined",
    "lines",
    "misfit",
    "one_line",
    "shown",
    "zone",
]
