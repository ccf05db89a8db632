"""A job as Kue shows it."""

from typing import Any

from api.kue.names import WORDS, kue_type
from tasks_app.jobs import Job, State


def as_kue(job: Job, number: int) -> dict[str, Any]:
    """
    Kue's JSON of a job that is not cancelled. As there, moments and times are texts of ms, and what is not known is
    left out.
    """
    failed = [attempt for attempt in job.attempts if attempt["error"]]
    made = job.attempts_made - (job.state is State.ACTIVE)  # Kue counts attempts when they end
    delay_ms = job.due_ms - job.created_ms if job.due_ms and not job.attempts_made else 0
    found = {
        "id": number,
        "type": kue_type(job.type),
        "data": job.data,
        "result": job.result,
        "priority": job.priority,
        "progress": str(job.progress) if job.progress else 0,
        "progress_data": job.progress_data,
        "state": WORDS[job.state],
        "error": _error(job, failed),
        "created_at": _text(job.created_ms),
        "promote_at": _text(job.due_ms or job.created_ms),
        "updated_at": _text(max(_moments(job))),
        "failed_at": _text(failed[-1]["finished_ms"] if failed else None) or _ended(job, State.FAILED),
        "started_at": _text(job.started_ms),
        "duration": _duration(job),
        "delay": _text(delay_ms or None),
        "workerId": job.worker or None,
        "ttl": _text(job.ttl_ms or None),
        "attempts": {"made": made, "remaining": max(job.attempts_max - made, 0), "max": job.attempts_max},
    }
    return {name: value for name, value in found.items() if value is not None}


def _error(job: Job, failed: list[dict[str, Any]]) -> str | None:
    """Where the last attempt failed, as Kue has an error's stack; otherwise the message."""
    if job.error is None:
        return None
    last = failed[-1]["error"] if failed else {}
    return str(last.get("traceback") or job.error.get("message", ""))


def _moments(job: Job) -> list[int]:
    known = [job.created_ms, job.started_ms, job.finished_ms, *(one["finished_ms"] for one in job.attempts)]
    return [moment for moment in known if moment]


def _ended(job: Job, state: State) -> str | None:
    return _text(job.finished_ms) if job.state is state else None


def _duration(job: Job) -> str | None:
    if job.state is not State.COMPLETE or job.started_ms is None or job.finished_ms is None:
        return None
    return str(job.finished_ms - job.started_ms)


def _text(ms: int | None) -> str | None:
    return None if ms is None else str(ms)
