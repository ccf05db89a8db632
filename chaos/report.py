"""The report: the harm done to the system, how soon it was well again, and which invariants are broken."""

import statistics
from collections import Counter
from collections.abc import Iterator
from textwrap import shorten

from chaos.history import History
from chaos.invariants.events import ENDS

FAULT_CHARACTERS = 300  # a sentence may be long; the history has all of it
SHOWN = 8  # faults of one invariant; the rest is counted


def recoveries(history: History) -> list[float]:
    """
    For each fault, how many seconds after its end the first reservation, the first job and the first notification that
    were asked for after it had an end, all three. A fault after which nothing was asked for has none.
    """
    lanes = _ends(history)
    found = []
    for healed in history.of("healed"):
        firsts = [min((end for began, end in ends if began >= healed["at"]), default=None) for ends in lanes]
        if times := [first - healed["at"] for first in firsts if first is not None]:
            found.append(max(times))
    return found


def _ends(history: History) -> list[list[tuple[float, float]]]:
    """When each reservation, each job and each notification was asked for, and when its end was told."""
    asked = {one["key"]: one for one in history.of("asked")}
    of_job = {one["id"]: asked[one["key"]] for one in history.of("answered") if one["key"] in asked}
    lanes: dict[str, list[tuple[float, float]]] = {"reserve": [], "job": [], "notify": []}
    for told in history.of("told"):
        if told["data"].get("event") in ENDS and (one := of_job.get(told["data"].get("job"))) and one["what"] in lanes:
            lanes[one["what"]].append((one["at"], told["at"]))
    return list(lanes.values())


def told(history: History, broken: dict[str, list[str]]) -> Iterator[str]:
    """The lines of the report."""
    kinds = Counter(hurt["name"] for hurt in history.of("hurt"))
    asked = Counter(one["what"] for one in history.of("asked"))
    states = Counter(f"{one['what']} {one['state']}" for one in history.of("found"))
    yield f"faults      {_counted(kinds)}"
    yield f"asked       {_counted(asked)}"
    yield f"broken off  {_counted(Counter(one['why'] for one in history.of('broken')))}"
    yield f"found       {_counted(states)}"
    yield f"told        {len(history.of('told'))} events; the provider was called {len(history.of('called'))} times"
    times = recoveries(history)
    if times:
        yield f"recovery    p50 {statistics.median(times):.2f} s, max {max(times):.2f} s, of {len(times)} faults"
    for words, faults in broken.items():
        yield f"BROKEN      {words}"
        yield from (f"            {shorten(fault, FAULT_CHARACTERS)}" for fault in faults[:SHOWN])
        if len(faults) > SHOWN:
            yield f"            and {len(faults) - SHOWN} more"
    if not broken:
        yield "all invariants hold"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "nothing"
