"""What `usher top` shows, as lines of text: nothing here reads a server or draws on a terminal."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from usher.terminal import table

BLOCKS, PLAIN_BLOCKS = "▁▂▃▄▅▆▇█", "_.,-=+*#"
FINDINGS_SHOWN = 3
SORTS: Mapping[str, tuple[str, Callable[["TypeRow"], Any]]] = {  # key -> what the highest of comes first
    "w": ("waiting", lambda row: row.waiting),
    "o": ("oldest", lambda row: row.oldest_seconds),
    "r": ("running", lambda row: row.running),
    "d": ("done", lambda row: row.done),
    "f": ("failed", lambda row: row.failed),
}
KEYS = "q quit   p stop the picture   j k choose   enter its failed jobs   sort: " + " ".join(
    f"{key} {name}" for key, (name, _) in SORTS.items()
)


@dataclass(frozen=True, slots=True)
class TypeRow:
    """One type; `done` and `failed` are a minute, `course` what was done in each minute of the last hour."""

    name: str
    waiting: int
    oldest_seconds: float
    expected_seconds: float | None
    running: int
    done: float
    failed: float
    is_paused: bool
    course: Sequence[int | None] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line and how it looks: "" | head | error | warning | chosen | quiet."""

    text: str
    look: str = ""


@dataclass(slots=True)
class View:
    """What was read: the JSON of /v1/stats and of /v1/findings, and the courses of /v1/history by queue and by type."""

    stats: Mapping[str, Any]
    findings: Sequence[Mapping[str, str]] = ()
    queues: Mapping[str, Mapping[str, Sequence[int | None]]] = field(default_factory=dict)
    types: Mapping[str, Mapping[str, Sequence[int | None]]] = field(default_factory=dict)
    now_ms: int = field(default_factory=lambda: round(time.time() * 1000))


def type_rows(view: View, sort: str) -> list[TypeRow]:
    """A row for each type that has anything to tell; `sort` is a key of SORTS."""
    stats, found = view.stats, []
    for name in sorted({*stats["jobs"], *stats["rates"]}):
        backlog, rates = stats["backlog"].get(name), stats["rates"].get(name, {})
        wait_ms = backlog["wait_ms"] if backlog else None
        found.append(
            TypeRow(
                name,
                backlog["queued"] if backlog else 0,
                max(0, view.now_ms - backlog["oldest_ms"]) / 1000 if backlog else 0.0,
                None if wait_ms is None else wait_ms / 1000,
                stats["jobs"].get(name, {}).get("active", 0),
                rates.get("completed", 0.0),
                rates.get("failed", 0.0),
                f"type:{name}" in stats["paused"],
                view.types.get(name, {}).get("completed", ()),
            )
        )
    return sorted(found, key=SORTS[sort][1], reverse=True)


def spark(course: Sequence[int | None], width: int, blocks: str = BLOCKS) -> str:
    """The last `width` numbers as blocks; a blank where nothing was recorded or nothing happened."""
    some = list(course)[-width:] if width > 0 else []
    highest = max((number or 0 for number in some), default=0)
    return "".join(blocks[-(-number * len(blocks) // highest) - 1] if number else " " for number in some)


def span(seconds: float | None) -> str:
    """`0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`; - = not known."""
    if seconds is None:
        return "-"
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def number(value: float) -> str:
    """A rate in few characters."""
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def lanes(view: View, rows: Sequence[TypeRow], width: int, blocks: str) -> list[Line]:
    """A line for each queue."""
    from tasks_app.jobs import messages

    cells = []
    for queue, waiting in view.stats["queues"].items():
        own = [row for row in rows if messages.queue_of(row.name) == queue]
        slots = [slot["state"] for slot in view.stats["slots"] if slot["queue"] == queue]
        doing = f"{slots.count('busy')} of {len(slots)} busy" if slots else "no worker"
        if dead := slots.count("dead"):
            doing += f", {dead} dead"
        numbers = (str(waiting), span(max((row.oldest_seconds for row in own if row.waiting), default=None)))
        rates = (number(sum(row.done for row in own)), number(sum(row.failed for row in own)))
        course = view.queues.get(queue, {}).get("completed", ())
        cells.append((queue, *numbers, *rates, f"{doing:<12}", spark(course, min(60, width - 72), blocks)))
    return _lined(("LANE", "WAITING", "OLDEST", "DONE/MIN", "FAIL/MIN", "SLOTS", ""), cells, width)


def types(rows: Sequence[TypeRow], width: int, blocks: str) -> list[Line]:
    """A line for each type."""
    cells = [
        (
            row.name[:24],
            str(row.waiting),
            span(row.oldest_seconds if row.waiting else None),
            "paused" if row.is_paused else span(row.expected_seconds),
            str(row.running),
            number(row.done),
            number(row.failed),
            spark(row.course, min(60, width - 78), blocks),
        )
        for row in rows
    ]
    head = ("TYPE" + " " * 12, "WAITING", "OLDEST", "WAIT", "RUN", "DONE/MIN", "FAIL/MIN", "")
    lines = _lined(head, cells, width)
    return lines[:1] + [
        Line(line.text, "error" if row.failed else "") for line, row in zip(lines[1:], rows, strict=True)
    ]


def slots(view: View, width: int) -> list[Line]:
    """A line for each slot that does anything or is dead: the longest first."""
    found = sorted((one for one in view.stats["slots"] if one["state"] != "idle"), key=lambda one: one["since_ms"])
    cells = [
        (one["worker"], str(one["pid"]), one["state"], one["type"] or "", span((view.now_ms - one["since_ms"]) / 1000))
        for one in found
    ]
    lines = _lined(("WORKER", "PID", "SLOT", "TYPE", "SINCE"), cells, width)
    return lines[:1] + [
        Line(line.text, "error" if one["state"] == "dead" else "") for line, one in zip(lines[1:], found, strict=True)
    ]


def on_sale(view: View, width: int) -> list[Line]:
    """A line for each show and product on sale: those with the most held units first."""
    found = sorted(view.stats["on_sale"], key=lambda one: -one["held"])
    cells = [
        (one["target"], *(str(one[part]) for part in ("available", "held", "sold", "capacity")), one["name"])
        for one in found
    ]
    return _lined(("ON SALE", "LEFT", "HELD", "SOLD", "OF", "NAME"), cells, width)


def _lined(head: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> list[Line]:
    first, *others = table(head, cells, width).split("\n")
    return [Line(first, "head"), *map(Line, others)]
