"""The routes of jobs, batches and types."""

from api.jobs import batches, jobs, responses, submission, types, waiting
from api.jobs.bodies import Attempts, BackoffBody, Data, DelayMs, DueAt, Priority, UnixMs, due_of, priority_number
from api.jobs.schemas import (
    ID,
    MOMENT_MS,
    Accepted,
    AcceptedBatch,
    BatchId,
    Counts,
    Created,
    Due,
    Finished,
    JobId,
    Links,
    Schema,
)

__all__ = [
    "ID",
    "MOMENT_MS",
    "Accepted",
    "AcceptedBatch",
    "Attempts",
    "BackoffBody",
    "BatchId",
    "Counts",
    "Created",
    "Data",
    "DelayMs",
    "Due",
    "DueAt",
    "Finished",
    "JobId",
    "Links",
    "Priority",
    "Schema",
    "UnixMs",
    "batches",
    "due_of",
    "jobs",
    "priority_number",
    "responses",
    "submission",
    "types",
    "waiting",
]
