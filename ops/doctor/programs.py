"""Checks of the programs that are connected: is there old code beside new?"""

from collections.abc import Iterator
from typing import cast

import redis

from ops.doctor.sight import Sight
from tasks_app.doctor import Finding, UnseenError
from tasks_app.state import LAYOUT, keys, layout
from tasks_app.text import listed


def layout_of_data(sight: Sight) -> Iterator[Finding]:
    """The data have the layout of this release."""
    found = cast(list[str | None], sight.state.hmget(keys.layout(), ["version", "to"]))
    version, to = (None if text is None else int(text) for text in found)
    if version is None and to is None:
        raise UnseenError("the state is empty or has no layout yet: no Usher has started on it.")
    if fault := layout.fault_of(version, to, LAYOUT):
        what, _, remedy = fault.partition(": ")
        yield Finding("error", f"{what}.", f"{remedy[:1].upper()}{remedy[1:]}")


def other_releases(sight: Sight) -> Iterator[Finding]:
    """Every connected program knows the same layout as this one. Connections say it by their names."""
    others: dict[int, set[str]] = {}
    for node in sight.nodes():
        try:
            rows = node.client.client_list()
        except redis.ResponseError:
            raise UnseenError(f"{node.name} does not show its connections (CLIENT LIST is forbidden).") from None
        for row in rows:
            mark, _, rest = row.get("name", "").partition(":")
            known, _, program = rest.partition(":")
            if mark == layout.MARK and known.isdecimal() and int(known) != LAYOUT:
                others.setdefault(int(known), set()).add(program)
    for number, names in sorted(others.items()):
        age = "an older" if number < LAYOUT else "a newer"
        yield Finding(
            "error",
            f"Programs of {age} release (layout {number}, this one has {LAYOUT}) are connected:"
            f" {listed(sorted(names))}.",
            "Stop them, or run the doctor of the release that is to stay.",
        )
