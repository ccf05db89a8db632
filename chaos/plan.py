"""The plan: which faults come when, all of it from a seed, so that a run can be repeated."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

ROLES = ("redis", "seller", "worker", "notifier", "web")
PARTS = ("the leader", "a child (if there is one)", "all processes")
LEAST_SECONDS, MOST_SECONDS = 0.5, 12.0  # of a freeze: from unnoticed to far beyond a lease
GAP_SECONDS = (1.0, 4.5)  # between two faults: some hit a system that still recovers

# How often each kind comes before all of them come again, in random order.
DECK = {
    "kill": 5,
    "freeze": 4,
    "lose": 2,
    "double": 1,
    "shuffle": 1,
    "cut": 2,
    "memory": 1,
    "scripts": 1,
    "everything": 1,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One harm: what, to which role, `at_seconds` from the beginning and for `seconds`. `choice`, from 0 to 1, chooses
    among the processes, messages or connections that there are at that moment; nobody can know them before.
    """

    at_seconds: float
    kind: str
    role: str = ""
    part: str = ""
    seconds: float = 0.0
    choice: float = 0.0

    def __str__(self) -> str:
        return f"{self.at_seconds:6.1f} s  {self._words()}"

    def _words(self) -> str:
        match self.kind:
            case "kill":
                return f"kill -9 {self.part} of {self.role}"
            case "freeze":
                return f"SIGSTOP {self.part} of {self.role} for {self.seconds:.1f} s"
            case "lose" | "double" | "shuffle":
                return f"{self.kind} messages of the broker (choice {self.choice:.2f})"
            case "cut":
                return f"cut {self.choice:.0%} of the connections to the server"
            case "memory":
                return f"memory of the server full for {self.seconds:.1f} s"
            case "scripts":
                return "flush the server's scripts"
        return "kill -9 everything at once"


def plan(seed: int, seconds: float) -> list[Fault]:
    """The faults of a run of this length, in their order; the same for the same arguments."""
    return list(_faults(Random(f"plan {seed}"), seconds))


def _faults(chance: Random, seconds: float) -> Iterator[Fault]:
    at, deck = chance.uniform(*GAP_SECONDS), list[str]()
    while at < seconds:
        if not deck:
            deck = [kind for kind, times in DECK.items() for _ in range(times)]
            chance.shuffle(deck)
        fault = _fault(chance, at, deck.pop(), seconds - at)
        yield fault
        at += fault.seconds + chance.uniform(*GAP_SECONDS)


def _fault(chance: Random, at: float, kind: str, left: float) -> Fault:
    role, part = chance.choice(ROLES), chance.choice(PARTS)
    lasts = min(LEAST_SECONDS + (MOST_SECONDS - LEAST_SECONDS) * chance.random() ** 2, left)
    return Fault(
        round(at, 2),
        kind,
        role if kind in ("kill", "freeze") else "",
        part if kind in ("kill", "freeze") else "",
        round(lasts, 2) if kind in ("freeze", "memory") else 0.0,
        round(chance.random(), 3),
    )
