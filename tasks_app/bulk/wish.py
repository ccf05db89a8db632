"""Wish: what a bulk operation does, to which jobs, and in which order it finds them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from tasks_app.jobs import Job, State, WantedJobs

_OPEN, _OVER = (State.DELAYED, State.QUEUED, State.ACTIVE), (State.FAILED, State.CANCELLED, State.COMPLETE)
# Action -> the states of the jobs that it is for.
ACTIONS: Mapping[str, tuple[State, ...]] = {
    "cancel": _OPEN,
    "replay": _OVER,
    "run_now": (State.DELAYED,),
    "priority": (State.DELAYED, State.QUEUED),
    "delete": _OVER,
}
_CONDITIONS = ("type", "target", "batch", "code", "text", "metadata", "since_ms", "until_ms")


@dataclass(frozen=True, slots=True)
class Walk:
    """
    A way through jobs in these states. `oldest`: complete jobs, those that ended first first. `copies`: jobs that are
    not changed but copied. `again`: it has been gone before, and finds jobs that went back to a state meanwhile.
    """

    states: tuple[State, ...]
    oldest: bool = False
    copies: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """
    `total`: how many jobs it has to look at. `matching`: how many of them are meant, None = unknown; both as counted
    when it was asked for. `rate`: the most jobs a second, None = any number. `by`: the owner of the key.
    """

    action: str
    wanted: WantedJobs
    priority: int = 0
    rate: float | None = None
    by: str = ""
    total: int = 0
    matching: int | None = None

    @property
    def states(self) -> tuple[State, ...]:
        """Those in which a job has to be; none if the action is not for jobs in the wanted state."""
        return tuple(state for state in ACTIONS[self.action] if self.wanted.state in (None, state))

    @property
    def from_any(self) -> bool:
        """
        Is a job meant that has come from one of these states into another meanwhile? It is while it is not over; a job
        that is over was not meant unless it was over before.
        """
        return len(self.states) > 1 and self.states[0] in _OPEN

    def has_other(self, job: Job) -> bool:
        """Is this job not yet as the operation would make it?"""
        return self.action != "priority" or job.priority != self.priority

    @property
    def meant(self) -> WantedJobs:
        """Which jobs the walks look for."""
        return replace(self.wanted, also=self.has_other) if self.action == "priority" else self.wanted

    def walks(self) -> list[Walk]:
        """The ways that lead to all of them. Deleting begins at the old end, where a list gives its jobs up cheaply."""
        states = self.states
        others = tuple(state for state in states if state is not State.COMPLETE)
        if self.action == "replay":
            ways = [Walk(others), Walk(tuple(state for state in states if state is State.COMPLETE), copies=True)]
        elif self.action == "delete" and State.COMPLETE in states and not self.wanted.batch:
            ways = [Walk((State.COMPLETE,), oldest=True), Walk(others)]
        else:
            ways = [Walk(states)]
        if self.from_any:
            ways.append(Walk(states, again=True))
        return [way for way in ways if way.states]

    def to_data(self) -> dict[str, Any]:
        """The data of its job."""
        conditions = {name: getattr(self.wanted, name) for name in _CONDITIONS}
        kept: dict[str, Any] = {name: value for name, value in conditions.items() if value}
        if self.wanted.state:
            kept["state"] = self.wanted.state.value
        others = {name: value for name, value in asdict(self).items() if name != "wanted"}
        return {**others, "filter": kept}

    @classmethod
    def from_data(cls, data: Mapping[str, Any], keys: tuple[str, ...]) -> "Wish":
        """Reads what to_data made; `keys` are the declared keys of metadata (Settings.find_by)."""
        others = dict(data)
        kept = dict(others.pop("filter"))
        state = State(kept.pop("state")) if "state" in kept else None
        return cls(wanted=WantedJobs(state=state, keys=keys, **kept), **others)
