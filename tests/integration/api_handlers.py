"""Handlers of the API's tests, loaded by their worker."""

import time
from typing import Any

from usher import ActiveJob, PermanentError, handler


@handler("echo")
def echo(job: ActiveJob) -> Any:
    """Answers with its data."""
    return job.data


@handler("stumble")
def stumble(job: ActiveJob) -> Any:
    """Fails, at once if its data says `permanent`."""
    if job.data.get("permanent"):
        raise PermanentError("no way")
    raise ValueError("not this time")


@handler("tell")
def tell(job: ActiveJob) -> Any:
    """Logs two lines and reports as many steps as its data says."""
    job.log("first")
    job.log("second")
    for step in range(job.data["steps"]):
        job.progress(step, job.data["steps"], {"step": step})
    return None


@handler("doze")
def doze(job: ActiveJob) -> Any:
    """Takes a moment."""
    time.sleep(0.05)
    return None
