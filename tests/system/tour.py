"""Reads a tour: the commands of its console blocks, the terminal of each, and its expected output."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

BLOCK = re.compile(r"^```console (?P<terminal>terminal-\d)(?P<manner>[ a-z-]*)\n(?P<lines>.*?)^```$", re.M | re.S)
INTERRUPT = "^C"

# What differs from one run to the next, and its replacement.
OTHERS = (
    (re.compile(r"var/redis-\d{4}-\d\d-\d\d-\d{6}-\w{8}"), "var/redis-DATE"),
    (re.compile(r"in \d+\.\d+s\b"), "in TIME"),
)
JOB = re.compile(r"\b[0-9a-z]{26}\b")


@dataclass
class Step:
    """One thing done at a terminal: a command, Ctrl-C, or only a look; and the lines that have come by then."""

    terminal: str
    command: str = ""
    manner: str = ""  # any-order: lines may come mixed; soon: the command may have to be repeated
    lines: list[str] = field(default_factory=list)


def steps(text: str) -> Iterator[Step]:
    """Every step of a tour, in order."""
    for block in BLOCK.finditer(text):
        step = Step(block["terminal"], manner=block["manner"].strip())
        for line in block["lines"].splitlines():
            if line.startswith("$ ") or line == INTERRUPT:
                if step.command or step.lines:
                    yield step
                step = Step(block["terminal"], line.removeprefix("$ "), step.manner)
            else:
                step.lines.append(line)
        yield step


def alike(lines: list[str], any_order: bool = False) -> list[str]:
    """
    The lines in a form that two runs share: jobs are numbered as they appear, and each job's lines stand together,
    since lines of different jobs come in any order.
    """
    numbers: dict[str, int] = {}
    told: list[tuple[int, str]] = []
    for line in lines:
        for pattern, stand_in in OTHERS:
            line = pattern.sub(stand_in, line)
        job = JOB.search(line)
        number = numbers.setdefault(job[0], len(numbers) + 1) if job else 0
        told.append((number, JOB.sub(f"job {number}", line)))
    return [line for _, line in sorted(told, key=None if any_order else lambda one: one[0])]
