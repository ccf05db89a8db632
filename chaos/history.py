"""The history of a run: what was asked, answered, told, done and found, one JSON object per line, in one file."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]
EFFECTS = "CHAOS_EFFECTS"  # the variable that names the file in which handlers write down what they did


class Recorder:
    """
    Appends records from any thread. Each has its `kind` and `at`, seconds of time.monotonic().

    asked     key, what, ...: a caller wants something. It asks with this key until it gets an answer
    answered  key, status, id, state, code, conflict: an answer that settles the request
    broken    key, why: no answer, or one that says to ask again
    told      topic, id, name (of the snapshot), data: an event of a stream
    called    to, answer: what the provider did with a message
    did       job, fact: what a handler of chaos/handlers.py did
    heard     job, event: an event that the Python queue reported
    hurt, healed   number, fault: when a fault began, and when it was over
    ready     seconds: how soon after the last fault everything said that it is ready; null = not in time
    found     what, id, ...: how things were at the end; `audit`, `ledger`, `inventory`, `listed` likewise
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._turn = threading.Lock()

    def __call__(self, kind: str, **fields: Any) -> None:
        """Write one record down, now."""
        text = json.dumps({"kind": kind, "at": round(time.monotonic(), 4), **fields}, allow_nan=False)
        with self._turn:
            self._file.write(f"{text}\n")
            self._file.flush()

    def close(self) -> None:
        """Write nothing more."""
        self._file.close()


class History:
    """All records of a run, by kind."""

    def __init__(self, records: list[Record]) -> None:
        self._by_kind: dict[str, list[Record]] = {}
        for record in records:
            self._by_kind.setdefault(record["kind"], []).append(record)

    def of(self, kind: str, **wanted: Any) -> list[Record]:
        """The records of a kind whose fields have these values."""
        found = self._by_kind.get(kind, [])
        return [record for record in found if all(record.get(name) == value for name, value in wanted.items())]

    def by(self, kind: str, field: str) -> dict[str, list[Record]]:
        """The records of a kind, gathered by the value of a field."""
        gathered: dict[str, list[Record]] = {}
        for record in self.of(kind):
            gathered.setdefault(record[field], []).append(record)
        return gathered


def read(*paths: Path) -> Iterator[Record]:
    """The records in these files. A last line that its killed writer did not finish is left out."""
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
        yield from (json.loads(line) for line in lines if line.endswith("\n"))
