"""Unique jobs of a test: made, submitted, and which job has each key."""

from tasks_app.jobs.intake import Intake
from tasks_app.jobs.job import Unique
from tasks_app.state import keys
from tests.jobs import new, options

BATCH = "b" * 26
ERROR = ("error", '{"code":"error","message":"m"}')


def alone(on_conflict="return", lasting="unfinished", key="k", **fields):
    return new(unique=Unique(key, lasting, on_conflict), **fields)


def submit(state, *jobs, limits=None):
    return Intake(state, lambda _: None, limits or options()).submit(jobs)


def met(state, job):
    """What becomes of a job: its conflict, "" if it is recorded."""
    (receipt,) = submit(state, job)
    assert (receipt.id == job.id) == (receipt.conflict == "")
    return receipt.conflict


def held(state):
    """Held keys -> the job that holds each."""
    return {key.rpartition(":")[2]: state.get(key) for key in state.scan_iter(keys.unique("*", "*"))}
