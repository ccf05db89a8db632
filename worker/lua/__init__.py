"""The scripts of the inventory: one operation, one file, with what all of them share put before it."""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "inventory"


@cache
def text(name: str) -> str:
    """The file `inventory/<name>.lua` as it stands. Raises FileNotFoundError."""
    return (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")


def load(name: str, clock: str | None = None) -> str:
    """
    The whole script `name`: the clock, the prelude, the operation.

    `clock` is Lua that defines `now()`, unix ms. A test gives its own, and so moves time without touching
    what it tests.
    """
    return "\n".join((text("clock") if clock is None else clock, text("prelude"), text(name)))
