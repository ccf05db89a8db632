"""Bulk operations: the same done to all jobs that a filter finds. What is asked for, how far it is, what it found."""

from tasks_app.bulk.bulk_queries import BulkQueries, Preview
from tasks_app.bulk.operation import OVER, Operation
from tasks_app.bulk.wish import ACTIONS, Walk, Wish

__all__ = ["ACTIONS", "OVER", "BulkQueries", "Operation", "Preview", "Walk", "Wish"]
