"""Jobs: what a job is, and how it is taken in, published, read and controlled."""

from tasks_app.jobs import bounds, groups, messages, new_job
from tasks_app.jobs.about import count_waiting
from tasks_app.jobs.batch_queries import Batch, BatchQueries
from tasks_app.jobs.controls import JobControls
from tasks_app.jobs.copies import copy_of
from tasks_app.jobs.dead_messages import DeadMessage, DeadMessages
from tasks_app.jobs.depths import Depths
from tasks_app.jobs.edits import Edits
from tasks_app.jobs.failures import FailureGroup, FailureQueries, Failures
from tasks_app.jobs.identity import Identity
from tasks_app.jobs.intake import JOBS_PER_WRITE, Intake, Receipt
from tasks_app.jobs.job import (
    ATTEMPT,
    ATTEMPTS_KEPT,
    DEDUP,
    FINAL,
    LARGE_BYTES,
    Backoff,
    Job,
    NewJob,
    State,
    Unique,
    fresh_id,
)
from tasks_app.jobs.job_lists import JobLists, WantedJobs
from tasks_app.jobs.messages import JOBS, OWN_TYPES, PUSH_NOTIFICATION, QUEUES, HandOver, Wake, level_of
from tasks_app.jobs.numbered import NumberedJobs, Window
from tasks_app.jobs.pauses import Pause, read_pauses
from tasks_app.jobs.publisher import Publisher
from tasks_app.jobs.queries import JobQueries
from tasks_app.jobs.record_values import data_of, kept_result
from tasks_app.jobs.slot_queries import SlotQueries, SlotState
from tasks_app.jobs.staging import Staging
from tasks_app.jobs.type_rules import Limits, Rate, Rules, TypeRules, TypeState
from tasks_app.jobs.workers import Wish, Worker, Workers

__all__ = [
    "ATTEMPT",
    "ATTEMPTS_KEPT",
    "DEDUP",
    "FINAL",
    "JOBS",
    "JOBS_PER_WRITE",
    "LARGE_BYTES",
    "OWN_TYPES",
    "PUSH_NOTIFICATION",
    "QUEUES",
    "Backoff",
    "Batch",
    "BatchQueries",
    "DeadMessage",
    "DeadMessages",
    "Depths",
    "Edits",
    "FailureGroup",
    "FailureQueries",
    "Failures",
    "HandOver",
    "Identity",
    "Intake",
    "Job",
    "JobControls",
    "JobLists",
    "JobQueries",
    "Limits",
    "NewJob",
    "NumberedJobs",
    "Pause",
    "Publisher",
    "Rate",
    "Receipt",
    "Rules",
    "SlotQueries",
    "SlotState",
    "Staging",
    "State",
    "TypeRules",
    "TypeState",
    "Unique",
    "Wake",
    "WantedJobs",
    "Window",
    "Wish",
    "Worker",
    "Workers",
    "bounds",
    "copy_of",
    "count_waiting",
    "data_of",
    "fresh_id",
    "groups",
    "kept_result",
    "level_of",
    "messages",
    "new_job",
    "read_pauses",
]
