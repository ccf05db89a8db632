"""Jobs: what one is, how it is taken in, carried, read and steered."""

from tasks_app.jobs import (
    batch_queries,
    controls,
    depths,
    intake,
    messages,
    new_job,
    publisher,
    queries,
    slot_queries,
    type_rules,
)
from tasks_app.jobs.batch_queries import Batch
from tasks_app.jobs.identity import derived_id
from tasks_app.jobs.intake import JOBS_PER_WRITE, Intake, Receipt
from tasks_app.jobs.job import (
    ATTEMPT,
    ATTEMPTS_KEPT,
    DEDUP,
    FINAL,
    FOLLOWS,
    PRIORITIES,
    Backoff,
    Job,
    NewJob,
    State,
    Unique,
    fresh_id,
)
from tasks_app.jobs.messages import JOBS, OWN_TYPES, PUSH_NOTIFICATION, QUEUES, Wake, level_of
from tasks_app.jobs.new_job import TYPE_NAME
from tasks_app.jobs.record_values import data_of, kept_result
from tasks_app.jobs.slot_queries import SlotState
from tasks_app.jobs.staging import Staging
from tasks_app.jobs.type_rules import Limits, Rate, Rules, TypeState

__all__ = [
    "ATTEMPT",
    "ATTEMPTS_KEPT",
    "DEDUP",
    "FINAL",
    "FOLLOWS",
    "JOBS",
    "JOBS_PER_WRITE",
    "OWN_TYPES",
    "PRIORITIES",
    "PUSH_NOTIFICATION",
    "QUEUES",
    "TYPE_NAME",
    "Backoff",
    "Batch",
    "Intake",
    "Job",
    "Limits",
    "NewJob",
    "Rate",
    "Receipt",
    "Rules",
    "SlotState",
    "Staging",
    "State",
    "TypeState",
    "Unique",
    "Wake",
    "batch_queries",
    "controls",
    "data_of",
    "depths",
    "derived_id",
    "fresh_id",
    "intake",
    "kept_result",
    "level_of",
    "messages",
    "new_job",
    "publisher",
    "queries",
    "slot_queries",
    "type_rules",
]
