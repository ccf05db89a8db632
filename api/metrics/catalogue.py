"""Every metric: its kind, its labels, and what it is. docs/metrics.md has the same rows, and what to do about them."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple, TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from tasks_app.metrics import Histogram

OF_TYPE = ("type", "queue")


class Row(NamedTuple):
    """One metric."""

    kind: Literal["gauge", "counter", "histogram"]
    labels: tuple[str, ...]
    meaning: str


METRICS: Mapping[str, Row] = {
    "usher_up": Row("gauge", (), "1 while the state answers; 0 = then nothing else about the system is told"),
    "usher_state_writable": Row("gauge", (), "1 while the state takes changes; 0 = it refuses them, and answers reads"),
    "usher_broker_up": Row("gauge", (), "1 while the broker answers"),
    "usher_build_info": Row("gauge", ("version", "layout"), "Always 1: the release, and the layout of its data"),
    "usher_connections": Row("gauge", ("layout",), "Connections to the state, by the layout that their program knows"),
    "usher_scrape_seconds": Row("gauge", (), "How long it took to read these numbers"),
    "usher_queue_limit_jobs": Row("gauge", (), "Queued jobs of one type beyond which new ones are refused"),
    # Jobs, as they are now
    "usher_jobs": Row("gauge", (*OF_TYPE, "state"), "Jobs in this state; finished ones until they are forgotten"),
    "usher_jobs_oldest_seconds": Row(
        "gauge", OF_TYPE, "How long the oldest queued job has waited that no pause holds back; 0 = none"
    ),
    "usher_jobs_without_worker": Row(
        "gauge", OF_TYPE, "Queued jobs of a type that no live worker and no processor knows"
    ),
    "usher_jobs_overdue_seconds": Row("gauge", OF_TYPE, "How long the first delayed job has been due; 0 = none is"),
    "usher_paused": Row("gauge", ("kind",), "Types, queues, keys, batches, shows, products, channels that are paused"),
    "usher_slots": Row("gauge", ("queue", "state"), "Slots of all workers: idle, busy, dead, or quiet by wish"),
    "usher_queue_silent_seconds": Row("gauge", ("queue",), "Since when no worker took a message; none = never"),
    "usher_wake_ups_queued": Row("gauge", ("queue",), "Messages that wait in the broker"),
    "usher_dead_messages_total": Row("counter", (), "Messages that no worker could read"),
    # Jobs, as they went
    "usher_jobs_submitted_total": Row("counter", OF_TYPE, "New jobs"),
    "usher_jobs_completed_total": Row("counter", OF_TYPE, "Jobs that ended well, refusals included"),
    "usher_jobs_failed_total": Row("counter", OF_TYPE, "Jobs that failed for good"),
    "usher_jobs_cancelled_total": Row("counter", OF_TYPE, "Jobs that were cancelled"),
    "usher_jobs_retried_total": Row("counter", OF_TYPE, "Attempts that failed and will be repeated"),
    "usher_jobs_snoozed_total": Row("counter", OF_TYPE, "Jobs that were given back for later, at no attempt's cost"),
    "usher_jobs_replayed_total": Row("counter", OF_TYPE, "Failed jobs that were queued again"),
    "usher_leases_lost_total": Row("counter", OF_TYPE, "Jobs whose worker died or fell silent"),
    "usher_jobs_poisoned_total": Row("counter", OF_TYPE, "Jobs that failed since they lost too many workers"),
    "usher_job_outcomes_total": Row(
        "counter", (*OF_TYPE, "outcome"), "Outcomes of Usher's own types; of users' types only in_doubt"
    ),
    "usher_job_wait_seconds": Row("histogram", OF_TYPE, "From when a job was queued to when a slot claimed it"),
    "usher_job_run_seconds": Row("histogram", OF_TYPE, "How long the handler took; scripts decide reservations"),
    # Shows and products
    "usher_inventory_changes_total": Row("counter", ("change",), "Changes in all ledgers: held, sold, expired ..."),
    "usher_holds_overdue_seconds": Row("gauge", (), "How long the first hold past its deadline waits to be freed"),
    "usher_inventories": Row("gauge", ("kind",), "Shows and products, at the last census"),
    "usher_inventory_units": Row("gauge", ("kind", "state"), "Units of all of them: available, held, sold"),
    "usher_census_age_seconds": Row("gauge", (), "How long ago the last census was; absent = none was yet"),
    # The API
    "usher_http_requests_total": Row("counter", ("route", "method", "status"), "Answers; route none: no such path"),
    "usher_http_request_seconds": Row("histogram", ("route", "method"), "Until the head of the answer was made"),
    "usher_refused_requests_total": Row(
        "counter", ("code",), "Answers 429 by their code; sign_in: too many attempts to sign in from an address"
    ),
    "usher_intake_group_jobs": Row("histogram", (), "Jobs that one write of the intake recorded"),
    "usher_streams_open": Row("gauge", (), "Event streams that are open"),
    "usher_watchers": Row("gauge", (), "Streams, and callers that wait for an outcome"),
    # Notifications
    "usher_provider_calls_total": Row("counter", ("channel", "meaning"), "Sends, by what the answer means"),
    "usher_provider_call_seconds": Row("histogram", ("channel",), "How long the provider took to answer"),
    "usher_rate_waits_total": Row("counter", ("channel",), "Notifications that were put off by the channel's rate"),
    "usher_suppressed_recipients": Row("gauge", ("channel",), "Addresses on the suppression list"),
    "usher_sandbox": Row("gauge", (), "1 = every notification goes to the console, 0 = to its provider"),
    # The state's servers
    "usher_redis_memory_bytes": Row("gauge", (), "Memory in use"),
    "usher_redis_memory_limit_bytes": Row("gauge", (), "Its limit; 0 = none"),
    "usher_redis_keys": Row("gauge", (), "Keys in the state's database"),
    "usher_redis_kind_bytes": Row("gauge", ("kind",), "Memory by kind of key at the last census, partly estimated"),
    "usher_metrics_left_out_total": Row("counter", (), "Counts that found no room among 20 000 series"),
}  # fmt: skip

Labels = TypeVar("Labels", bound=tuple[str, ...])


def numbers(name: str, values: Mapping[Labels, float]) -> Metric:
    """A gauge or counter with these values, by its labels. Raises KeyError if it is not in the table."""
    row = METRICS[name]
    kind = GaugeMetricFamily if row.kind == "gauge" else CounterMetricFamily
    made: GaugeMetricFamily | CounterMetricFamily = kind(name, row.meaning, labels=row.labels)
    for labels, value in values.items():
        made.add_metric(labels, value)
    return made


def distribution(name: str, bounds: Sequence[float], values: Mapping[Labels, Histogram]) -> Metric:
    """A histogram whose buckets have these bounds, by its labels. Raises KeyError if it is not in the table."""
    row = METRICS[name]
    made = HistogramMetricFamily(name, row.meaning, labels=row.labels)
    for labels, value in values.items():
        below = zip((*map(str, bounds), "+Inf"), accumulate(value.counts), strict=True)
        made.add_metric(labels, list(below), value.total)
    return made
