"""The metrics of what all processes counted."""

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from prometheus_client.metrics_core import Metric

from api.metrics.catalogue import distribution, numbers
from tasks_app.jobs import messages
from tasks_app.metrics import (
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
    Metered,
    counts,
    histograms,
)
from tasks_app.notifications import Action

REFUSALS = ("queue_full", "rate_limited", "too_many_streams", "sign_in")
MEANINGS = (*get_args(Action), CHANNEL_FAILED)
Histograms = dict[tuple[str, ...], Histogram]

# Metric -> what it counts: tasks_app/lua/jobs/events.lua and the scripts that call `meter`.
EVENTS = {
    "usher_jobs_submitted_total": ("submitted",),
    "usher_jobs_completed_total": ("complete",),
    "usher_jobs_failed_total": ("failed",),
    "usher_jobs_cancelled_total": ("cancelled",),
    "usher_jobs_retried_total": ("retrying",),
    "usher_jobs_snoozed_total": ("snoozed",),
    "usher_jobs_replayed_total": ("replayed",),
    "usher_leases_lost_total": ("stalled", "poisoned"),
    "usher_jobs_poisoned_total": ("poisoned",),
}


def counted_metrics(metered: Metered, channels: Iterable[str]) -> Iterator[Metric]:
    """
    All of them. A type that has counted nothing yet has no series. What an alert waits for is 0 before it first
    happens, since Prometheus sees no increase in a series that is new.
    """
    yield from _of_jobs({(name, messages.queue_of(name)): its for name, its in metered.of_types.items() if its})
    fields = metered.fields
    yield numbers("usher_inventory_changes_total", _labelled(counts(CHANGE, fields)))
    yield numbers("usher_rate_waits_total", _labelled(counts(RATE_WAIT, fields)))
    yield numbers("usher_metrics_left_out_total", {(): fields.get(LEFT_OUT, 0)})
    refusals = {**dict.fromkeys(REFUSALS, 0), **counts(TOO_MANY, fields)}
    yield numbers("usher_refused_requests_total", _labelled(refusals))
    answers, sends = histograms(HTTP, fields), histograms(PROVIDER, fields)
    yield numbers("usher_http_requests_total", _sizes(answers))
    yield distribution("usher_http_request_seconds", BOUNDS[HTTP], _without_last(answers))
    yield distribution("usher_intake_group_jobs", BOUNDS[INTAKE], histograms(INTAKE, fields))
    calls = {(channel, meaning): 0 for channel in channels for meaning in MEANINGS}
    yield numbers("usher_provider_calls_total", {**calls, **_sizes(sends)})
    yield distribution("usher_provider_call_seconds", BOUNDS[PROVIDER], _without_last(sends))


def _of_jobs(of_types: Mapping[tuple[str, str], Mapping[str, int]]) -> Iterator[Metric]:
    for name, words in EVENTS.items():
        yield numbers(name, {labels: sum(its.get(word, 0) for word in words) for labels, its in of_types.items()})
    outcomes = {labels: {"in_doubt": 0, **counts(OUTCOME, its)} for labels, its in of_types.items()}
    rows = {(*labels, word): count for labels, its in outcomes.items() for word, count in its.items()}
    yield numbers("usher_job_outcomes_total", rows)
    for metric, name in (("usher_job_wait_seconds", WAIT), ("usher_job_run_seconds", RUN)):
        found = ((labels, histograms(name, its).get(())) for labels, its in of_types.items())
        yield distribution(metric, BOUNDS[name], {labels: one for labels, one in found if one})


def _labelled(found: Mapping[str, int]) -> dict[tuple[str], int]:
    return {(label,): count for label, count in found.items()}


def _sizes(found: Histograms) -> dict[tuple[str, ...], int]:
    return {labels: sum(one.counts) for labels, one in found.items()}


def _without_last(found: Histograms) -> Histograms:
    """The same histograms, but those that differ only in their last label are one."""
    sums: Histograms = {}
    for labels, histogram in found.items():
        one = sums.setdefault(labels[:-1], Histogram([0] * len(histogram.counts)))
        one.counts = [mine + other for mine, other in zip(one.counts, histogram.counts, strict=True)]
        one.total += histogram.total
    return sums
