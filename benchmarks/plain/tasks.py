"""The peer's tasks."""

from benchmarks.plain.celery import app
from benchmarks.plain.store import store


@app.task(name="reserve")
def reserve(job: str) -> None:
    """Do the job, unless it is done. May come twice: the scripts make that harmless."""
    started = store().start(job)
    if started is not None:
        show, data = started
        store().finish(job, show, data["quantity"], data["customer"])


@app.task(name="noop")
def noop(job: str) -> None:
    """Do nothing, and record that it is done."""
    if store().start(job) is not None:
        store().complete(job)
