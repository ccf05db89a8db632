"""The frame of `usher top`: the parts of the picture, cut to the height of a terminal."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from usher import top_picture as picture
from usher.terminal import table
from usher.top_picture import Line, TypeRow, View

ENDLESS = 1_000  # columns and lines where there is no terminal


@dataclass(slots=True)
class Choice:
    """What the keys chose."""

    sort: str = "w"
    type: str = ""  # the chosen one; "" = the first
    is_open: bool = False  # its failed jobs are shown
    is_stopped: bool = False  # the picture stands still
    trouble: str = ""  # why there is no newer picture, a sentence


def chosen_at(rows: Sequence[TypeRow], choice: Choice) -> int:
    """Where the chosen type is; 0 if it is gone."""
    return next((at for at, row in enumerate(rows) if row.name == choice.type), 0)


def frame(view: View, choice: Choice, width: int, height: int, blocks: str = picture.BLOCKS) -> list[Line]:
    """All parts, in at most `height` lines of `width` characters."""
    rows = picture.type_rows(view, choice.sort)
    top = [_title(view, rows, choice, width), *_findings(view, choice, width)]
    top += picture.lanes(view, rows, width, blocks)
    kinds = picture.types(rows, width, blocks)
    at = chosen_at(rows, choice)
    if rows and height < ENDLESS:
        kinds[at + 1] = Line(kinds[at + 1].text.ljust(width), "chosen")
    parts = [kinds, picture.slots(view, width), picture.on_sale(view, width)]
    left = height - len(top) - 1
    shares = _shares([len(part) for part in parts], left)
    for part, share in zip(parts, shares, strict=True):
        top += _cut(part, share, at + 1 if part is kinds else 0, width)
    return [*top[: height - 1], Line(picture.KEYS[:width], "quiet")] if height < ENDLESS else top


def failed_frame(job_type: str, jobs: Sequence[tuple[str, str, str]], width: int, height: int) -> list[Line]:
    """The failed jobs of a type: id, when it ended, why."""
    from tasks_app.text import one_line

    head, *others = table(("FAILED JOB", "ENDED", "WHY"), jobs, width).split("\n")
    title = Line(one_line(f"usher top  failed jobs of {job_type}")[:width], "head")
    shown = [title, Line(head, "head"), *map(Line, others)] if jobs else [title, Line("None of its jobs has failed.")]
    keys = "h back   q quit   usher show ID says more, usher replay ID queues it again"
    return [*shown[: height - 1], Line(keys[:width], "quiet")]


def _title(view: View, rows: Sequence[TypeRow], choice: Choice, width: int) -> Line:
    at = time.strftime("%H:%M:%S", time.localtime(view.now_ms / 1000))
    states = [sum(its.get(state, 0) for its in view.stats["jobs"].values()) for state in ("queued", "active", "failed")]
    done, failing = sum(row.done for row in rows), sum(row.failed for row in rows)
    stopped = "  STOPPED" if choice.is_stopped else ""
    told = f"usher top{stopped}  {at}  {states[0]} wait, {states[1]} run, {states[2]} failed"
    told += f"; a minute: {picture.number(done)} done, {picture.number(failing)} failed"
    return Line(told[:width], "head")


def _findings(view: View, choice: Choice, width: int) -> list[Line]:
    from tasks_app.text import one_line

    found = sorted(view.findings, key=lambda one: one["level"])  # error before warning
    lines = [Line(f"error: {choice.trouble}"[:width], "error")] if choice.trouble else []
    for one in found[: picture.FINDINGS_SHOWN]:
        lines.append(Line(one_line(f"{one['level']}: {one['what']} {one['remedy']}")[:width], one["level"]))
    if more := len(found) - picture.FINDINGS_SHOWN:
        lines += [Line(f"and {more} more: usher doctor", "quiet")] if more > 0 else []
    return lines


def _shares(sizes: Sequence[int], left: int) -> list[int]:
    """How many lines each part gets: half for the first, a quarter for each other; what is left over goes to all."""
    wanted = [max(3, left // 2), max(2, left // 4), max(2, left // 4)]
    given = [min(size, most) for size, most in zip(sizes, wanted, strict=True)]
    for at, size in enumerate(sizes):
        given[at] += max(0, min(size - given[at], left - sum(given)))
    return given


def _cut(part: Sequence[Line], share: int, kept: int, width: int) -> list[Line]:
    """The head and the lines that have room, among them the one at `kept`; the head says how many there are."""
    if share >= len(part):
        return list(part)
    room = max(1, share - 1)
    first = max(1, min(kept - room + 1, len(part) - room))
    count = f"{room} of {len(part) - 1}"
    head = part[0].text[: width - len(count) - 2].ljust(width - len(count)) + count
    return [Line(head, part[0].look), *part[first : first + room]]
