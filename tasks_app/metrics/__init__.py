"""Counts what happens: in memory in each process, in the state for all of them together; and its history."""

from tasks_app.metrics.history import SAMPLED_INVENTORIES, SAMPLED_TYPES, History, HistoryQueries
from tasks_app.metrics.meter import Meter
from tasks_app.metrics.meter_queries import Metered, MeterQueries
from tasks_app.metrics.series import (
    BOUNDS,
    CHANGE,
    CHANNEL_FAILED,
    HTTP,
    INTAKE,
    LEFT_OUT,
    OUTCOME,
    PROVIDER,
    RATE_WAIT,
    RUN,
    TOO_MANY,
    WAIT,
    Histogram,
    counts,
    histograms,
)

__all__ = [
    "BOUNDS",
    "CHANGE",
    "CHANNEL_FAILED",
    "HTTP",
    "INTAKE",
    "LEFT_OUT",
    "OUTCOME",
    "PROVIDER",
    "RATE_WAIT",
    "RUN",
    "SAMPLED_INVENTORIES",
    "SAMPLED_TYPES",
    "TOO_MANY",
    "WAIT",
    "Histogram",
    "History",
    "HistoryQueries",
    "Meter",
    "MeterQueries",
    "Metered",
    "counts",
    "histograms",
]
