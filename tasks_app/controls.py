"""What an operator may do to a job that is recorded: cancel, replay, prioritise; and to a gate: close, open."""

from pathlib import Path
from typing import cast

from tasks_app import connections, keys, publisher
from tasks_app.errors import IllegalTransitionError, UnknownJobError
from tasks_app.jobs import State
from tasks_app.messages import Nudge
from tasks_app.scripts import job_script
from tasks_app.settings import settings

LUA = Path(__file__).parent / "lua"


def cancel(job_id: str) -> None:
    """
    Call a job off. Safe to repeat.

    Raises UnknownJobError, StateUnavailableError, and IllegalTransitionError when it is over, or when it is under way
    and may already have taken units (release those instead).
    """
    _run("cancel", job_id)


def replay(job_id: str) -> None:
    """Queue a failed job again with all its attempts. Raises UnknownJobError, IllegalTransitionError."""
    job_type, priority = _run("replay", job_id, _nudge_ms())
    publisher.hand_over([Nudge(job_id, job_type, int(priority))])


def prioritise(job_id: str, priority: int) -> None:
    """Change the priority of a job that has not started. Raises UnknownJobError, IllegalTransitionError."""
    state, job_type = _run("prioritise", job_id, priority, _nudge_ms(), keep_state=True)
    if state == State.QUEUED:
        publisher.hand_over([Nudge(job_id, job_type, priority)])


def close_gate(gate: str) -> None:
    """Let the jobs behind `gate` wait, durably: `type:<type>`, `batch:<id>`, `show:<id>`, `product:<id>`."""
    with connections.translated():
        seconds, micros = connections.state().time()
        connections.state().hsetnx(keys.closed_gates(), gate, str(seconds * 1000 + micros // 1000))


def open_gate(gate: str) -> None:
    """Let them go on; the clock publishes within its next tick what was parked. Safe to repeat."""
    with connections.translated():
        connections.state().hdel(keys.closed_gates(), gate)


def _nudge_ms() -> int:
    return int(settings.nudge_seconds * 1000)


def _run(name: str, job_id: str, *arguments: int, keep_state: bool = False) -> list[str]:
    script = connections.state().register_script(job_script(LUA / f"{name}.lua"))
    with connections.translated():
        answer = cast(list[str], script(keys=[keys.events()], args=[job_id, *arguments]))
    if answer[0] == "unknown":
        raise UnknownJobError(job=job_id)
    if answer[0] == "refused":
        raise IllegalTransitionError(f"The job is {answer[1]}, so this cannot be done.", job=job_id, state=answer[1])
    return answer if keep_state else answer[1:]
