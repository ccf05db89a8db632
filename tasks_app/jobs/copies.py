"""Copies: a complete job is replayed as a new job, so that its result stays what it was."""

from tasks_app.errors import IllegalTransitionError
from tasks_app.jobs import bounds
from tasks_app.jobs.edits import Edits
from tasks_app.jobs.job import Job, NewJob, State, Unique


def copy_of(job: Job, copy_id: str, edits: Edits) -> NewJob:
    """
    A new job that asks for what this complete job asked for, with these edits; it is in no batch, and is due at once.
    If the job was unique, the copy is refused while another job has its key.

    Raises IllegalTransitionError for a job that is not complete, and for one of Usher's own types: it has sold
    something, or told somebody.
    """
    if job.state is not State.COMPLETE or bounds.is_reserved(job.type) or job.target:
        raise IllegalTransitionError(f"The job is {job.state}, so this cannot be done.", job=job.id, state=job.state)
    unique = job.unique and Unique(job.unique.key, job.unique.lasting, "refuse", job.unique.owner)
    return NewJob(
        type=job.type,
        data=job.data if edits.data is None else edits.data,
        id=copy_id,
        key=job.key,
        priority=job.priority if edits.priority is None else edits.priority,
        attempts=job.attempts_max if edits.attempts is None else edits.attempts,
        backoff=job.backoff,
        ttl_ms=job.ttl_ms,
        title=job.title,
        metadata=job.metadata,
        unique=unique,
        replay_of=job.id,
    )
