"""A worker whose handler passes on whatever its job says: into the log, the progress, the error."""

from usher import ActiveJob, handler


@handler("poison")
def drink(job: ActiveJob) -> None:
    """Fails with the words of its data."""
    evil = job.data["evil"]
    job.log(evil)
    job.progress(1, 2, {"said": evil, "deep": job.data["deep"]})
    raise ValueError(evil)
