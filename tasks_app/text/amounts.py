"""Amounts in sentences: `1 job`, `2 jobs`, and lists that name some of many."""

from collections.abc import Sequence

NAMED = 5  # of many things that a sentence is about


def counted(number: int, noun: str) -> str:
    """`1 job`, `1,200 jobs`."""
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """The first of the names, and how many more there are: `a, b and 3 more`."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left:,} more" if left > 0 else "")
