"""Counts what happens, for /metrics: in memory in each process, in the state for all of them together."""

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
    "WAIT",
    "Histogram",
    "Meter",
    "MeterQueries",
    "Metered",
    "counts",
    "histograms",
]
