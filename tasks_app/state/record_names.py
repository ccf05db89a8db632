"""
Names of the fields of a job's record. Nearly all records have these fields, and there are many records: so in the state
each name is one letter. Scripts write `FIELD.state` (lua/job_scripts.py), and readers of records translate the letters
back.
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
    """A stored record, with the full names of its fields."""
    return {_NAMES.get(name, name): value for name, value in stored.items()}


def stored(record: Mapping[str, str]) -> dict[str, str]:
    """The reverse: a record with the stored names of its fields."""
    return {STORED.get(name, name): value for name, value in record.items()}


def flat(fields: Iterable[tuple[str, str]]) -> list[str]:
    """Names and values as a script takes them, one after the other."""
    return [part for name, value in fields for part in (STORED.get(name, name), value)]


def in_script(text: str) -> str:
    """A script's text with letters for `FIELD.<name>`. Raises KeyError for an unknown name."""
    return _IN_SCRIPTS.sub(lambda found: f"'{STORED[found[1]]}'", text)
