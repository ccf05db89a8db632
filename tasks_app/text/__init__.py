"""Dates, JSON, amounts, and sentences: reading and writing them."""

from tasks_app.text import dates
from tasks_app.text.amounts import NAMED, counted, listed
from tasks_app.text.cursors import cursor_of, place_of
from tasks_app.text.dates import zone
from tasks_app.text.encoding import Json, JsonObject, decoded, encoded, encoded_leniently, joined
from tasks_app.text.pages import LOOKED_AT, page_of
from tasks_app.text.printing import for_spreadsheets, json_lines, lines, one_line, seen
from tasks_app.text.sentences import NUMBER, OBJECT, TEXT, VERBS, WHOLE, finding, misfit, shown

__all__ = [
    "LOOKED_AT",
    "NAMED",
    "NUMBER",
    "OBJECT",
    "TEXT",
    "VERBS",
    "WHOLE",
    "Json",
    "JsonObject",
    "counted",
    "cursor_of",
    "dates",
    "decoded",
    "encoded",
    "encoded_leniently",
    "finding",
    "for_spreadsheets",
    "joined",
    "json_lines",
    "lines",
    "listed",
    "misfit",
    "one_line",
    "page_of",
    "place_of",
    "seen",
    "shown",
    "zone",
]
