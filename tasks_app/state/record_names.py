"""
Names of the fields of a job's record. Nearly all records have these, and records are kept, and many: so in the state
each is one letter. Scripts write `FIELD.state` (scripts.py), and what reads a record gives it its names.
"""

import re
from collections.abc import Iterable, Mapping

STORED: Mapping[str, str] = {
    "state": "s",
    "type": "t",
    "data": "d",
    "target": "g",
    "batch": "b",
    "created": "c",
    "started": "a",
    "finished": "f",
    "claims": "n",
    "worker": "w",
    "result": "r",
}
_NAMES = {letter: name for name, letter in STORED.items()}
_IN_SCRIPTS = re.compile(r"\bFIELD\.(\w+)")


def named(stored: Mapping[str, str]) -> dict[str, str]:
    """A record as it is stored, by the names of its fields."""
    return {_NAMES.get(name, name): value for name, value in stored.items()}


def stored(record: Mapping[str, str]) -> dict[str, str]:
    """The other way round."""
    return {STORED.get(name, name): value for name, value in record.items()}


def flat(fields: Iterable[tuple[str, str]]) -> list[str]:
    """Names and values as a script takes them, one after the other."""
    return [part for name, value in fields for part in (STORED.get(name, name), value)]


def in_script(text: str) -> str:
    """A script's text with the letters. Raises KeyError for a name that is not here."""
    return _IN_SCRIPTS.sub(lambda found: f"'{STORED[found[1]]}'", text)
