"""Templates: one text with a `{name}` for each variable. Only plain names, so a text cannot reach anything else."""

import re
from collections.abc import Mapping
from string import Formatter

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class Wording:
    """A text with gaps; `{{` and `}}` stand for braces. Raises ValueError when it is not one."""

    def __init__(self, text: str) -> None:
        self._parts: list[tuple[str, str | None]] = []
        for literal, name, form, conversion in Formatter().parse(text):
            if name is not None and (not NAME.fullmatch(name) or form or conversion):
                raise ValueError("must have one plain name between braces; write {{ and }} for braces themselves")
            self._parts.append((literal, name))

    @property
    def names(self) -> set[str]:
        """The names of its gaps."""
        return {name for _, name in self._parts if name is not None}

    def filled(self, variables: Mapping[str, object], limit: int) -> str:
        """
        The text with its gaps filled; cut off somewhere beyond `limit` characters, since one long value may stand in
        thousands of gaps. Raises LookupError with the name of a missing variable.
        """
        parts = []
        size = 0
        for part, name in self._parts:
            parts.append(part + ("" if name is None else _value(variables, name)[: limit + 1]))
            size += len(parts[-1])
            if size > limit:
                break
        return "".join(parts)


def _value(variables: Mapping[str, object], name: str) -> str:
    if name not in variables:
        raise LookupError(name)
    return str(variables[name])
