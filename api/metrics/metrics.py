"""GET /metrics: the whole system's numbers, whichever web process answers, in the text form of Prometheus."""

import time
from collections.abc import Iterable, Iterator

from flask import Response
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from api.http import openapi, usher
from api.metrics import counted, present
from api.metrics.catalogue import numbers
from tasks_app import VERSION
from tasks_app.errors import StateUnavailableError
from tasks_app.state import LAYOUT

TEXT = {
    "description": "Metrics in the text form of Prometheus, version 0.0.4",
    "content": {"text/plain": {"schema": {"type": "string", "examples": ["usher_up 1.0\n"]}}},
}

blueprint = openapi.blueprint("metrics", "", "Numbers for Prometheus.", tag="health")


@blueprint.get("/metrics", responses=openapi.responses({200: TEXT}))
def get_metrics() -> Response:
    """
    Numbers for Prometheus: what there is now, and what all processes counted. Any web process answers for all of them.

    While the state does not answer, `usher_up` is 0 and only what this process knows by itself follows: numbers of
    one process would look like counters that went back.
    """
    began = time.monotonic()
    found: list[Metric] = []
    try:
        is_writable = usher().meters.takes_writes()
        if is_writable:
            usher().meter.flush()
        metered = usher().meters.read()
        found += present.present_metrics(usher(), metered)
        found += counted.counted_metrics(metered, usher().settings.channel_names())
        found += present.of_broker(usher())
        found.append(numbers("usher_state_writable", {(): int(is_writable)}))
        is_up = 1
    except StateUnavailableError:
        found, is_up = [], 0
    head = [
        numbers("usher_up", {(): is_up}),
        numbers("usher_build_info", {(VERSION, str(LAYOUT)): 1}),
        numbers("usher_queue_limit_jobs", {(): usher().settings.queue_limit}),
        numbers("usher_scrape_seconds", {(): time.monotonic() - began}),
    ]
    return Response("".join(_written([*head, *found])), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class _One(Collector):
    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterable[Metric]:
        """As prometheus_client asks for it."""
        return [self._metric]


def _written(found: Iterable[Metric]) -> Iterator[str]:
    for one in found:
        yield generate_latest(_One(one)).decode()
        time.sleep(0)  # hundreds of types take a tenth of a second, and this process answers others meanwhile
