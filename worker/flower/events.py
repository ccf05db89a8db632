"""Events of jobs in the words of Celery's task events, as Flower reads them."""

from tasks_app.jobs import Job, State
from tasks_app.text import Json, JsonObject, encoded_leniently

TEXT_CHARACTERS = 500  # of a result or an exception

# Job event -> Celery's event. In Flower only RETRY leads back to an earlier state, so all that begins again uses it.
TASK_EVENTS = {
    "received": "task-received",
    "active": "task-started",
    "progress": "task-progress",
    "retrying": "task-retried",
    "snoozed": "task-retried",
    "stalled": "task-retried",
    "replayed": "task-retried",
    "complete": "task-succeeded",
    "failed": "task-failed",
    "cancelled": "task-revoked",
}
ENDS = {State.COMPLETE: "complete", State.FAILED: "failed", State.CANCELLED: "cancelled"}
NO_WORKER = ("stalled", "replayed", "cancelled")  # these do not come from the job's worker, which may be dead


def fields_of(event: str, data: Json, job: Job, seconds: float) -> JsonObject:
    """
    The fields of Celery's event for the job's `event`, which came at `seconds` (unix) with `data`. The record supplies
    what the event does not say.
    """
    said: JsonObject = data if isinstance(data, dict) else {}
    fields: JsonObject = {"uuid": job.id, "name": job.type, "args": job.id, "kwargs": "{}", "timestamp": seconds}
    fields["retries"] = max(0, job.attempts_made - 1)
    fields["received"] = job.created_ms / 1000
    if job.started_ms:
        fields["started"] = job.started_ms / 1000
    match event:
        case "complete":
            fields["result"] = encoded_leniently(job.result)[:TEXT_CHARACTERS]
            fields["runtime"] = max(0.0, seconds - fields.get("started", seconds))
        case "failed":
            errors = [one["error"] for one in job.attempts if one["error"]]  # it may run again by now
            fields["exception"] = _exception(said or job.error or {})
            fields["traceback"] = str(errors[-1].get("traceback") or "") if errors else ""
        case "retrying":
            fields["exception"] = _exception(said["error"])
        case "snoozed":
            fields["exception"] = f"snoozed, at no attempt: {said['snoozed']}"[:TEXT_CHARACTERS]
        case "stalled":
            fields["exception"] = "stalled: its worker went silent, another takes over"
        case "replayed":
            fields["exception"] = "replayed: it was told to begin anew"
        case "progress":
            fields["progress"] = said["progress"]
    return fields


def _exception(error: JsonObject) -> str:
    return f"{error.get('code')}: {error.get('message')}"[:TEXT_CHARACTERS]
