"""One trace from a request to the provider, over all processes: what a collector gets from a running Usher."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.deadlines import until
from tests.providers.provider import Provider
from tests.system.usher import Usher

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
STATE = "acme=a 1,other@vendor=b-2"
GIVEN = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
ERROR = 2  # STATUS_CODE_ERROR


@dataclass(frozen=True)
class Span:
    """A span as the collector got it; ids in hex."""

    name: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    failed: bool
    state: str
    service: str


class Collector(Provider):
    """Takes spans by OTLP over HTTP."""

    def spans(self, trace: str = TRACE) -> list[Span]:
        """All spans of this trace so far."""
        return [one for one in self._all() if one.trace == trace]

    def _all(self) -> Iterator[Span]:
        for call in self.calls("/v1/traces"):
            for resource in ExportTraceServiceRequest.FromString(call.body).resource_spans:
                about = {one.key: one.value.string_value for one in resource.resource.attributes}
                for span in (one for scope in resource.scope_spans for one in scope.spans):
                    links = tuple(link.span_id.hex() for link in span.links)
                    ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
                    yield Span(
                        span.name, *ids, links, span.status.code == ERROR, span.trace_state, about["service.name"]
                    )


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as made:
        yield made


@pytest.fixture
def delay_ms() -> str:
    """For how long a process gathers spans before it sends them."""
    return "200"


@pytest.fixture
def default_worker_env(default_worker_env: dict[str, str], collector: Collector, delay_ms: str) -> dict[str, str]:
    return {
        **default_worker_env,
        "USHER_TRACES": "on",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url(""),
        "OTEL_BSP_SCHEDULE_DELAY": delay_ms,
        "OTEL_SERVICE_NAME": "box-office",
        "USHER_ALLOWED_NETWORKS": "127.0.0.0/8",
    }


def asked(usher: Usher, path: str, body: Any, **more: str) -> str:
    """The id of the job that a request with the caller's traceparent, and these header fields, made."""
    answer = requests.post(usher.http.url + path, json=body, headers=GIVEN | more, timeout=20)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def found(collector: Collector, *names: str) -> list[Span]:
    """One span of each name, in this order, once all are there."""

    def missing() -> list[str]:
        return [name for name in names if name not in {one.name for one in collector.spans()}]

    until(lambda: not missing(), 20, lambda: f"{missing()} missing of {collector.spans()}")
    return [next(one for one in collector.spans() if one.name == name) for name in names]


def test_a_request_its_job_and_its_provider_are_one_trace(usher: Usher, collector: Collector) -> None:
    # Given a caller with a trace of its own, who notifies somebody and reserves a seat
    with Provider() as provider:
        body = {"channel": "webhook", "to": provider.url("/hook"), "message": "Doors open at eight"}
        notified = asked(usher, "/v1/notifications", body, tracestate=STATE)
        path = usher.show("traced", seats=1)
        asked(usher, path, {"lines": [{"pool": "floor"}]}, tracestate=STATE)
        usher.finished(notified)
        [call] = provider.calls("/hook")

    # Then each step is a child of the one before, from the caller to the provider
    names = ("POST /v1/notifications", "submit push_notification", "queued push_notification")
    route, submitted, queued = found(collector, *names)
    processed, sent = found(collector, "process push_notification", "send webhook")
    assert route.parent == CALLER
    assert submitted.parent == route.id
    assert queued.parent == processed.parent == submitted.id
    assert sent.parent == processed.id
    assert call.headers["traceparent"] == f"00-{TRACE}-{sent.id}-01"
    assert call.headers["tracestate"] == STATE
    assert {one.service for one in collector.spans()} == {"box-office"}
    assert not any(one.failed for one in collector.spans())

    # And a reservation, which no handler does, has the same
    route, submitted = found(collector, "POST /v1/shows/<inventory_id>/reservations", "submit reserve_seat")
    queued, processed = found(collector, "queued reserve_seat", "process reserve_seat")
    assert (route.parent, submitted.parent) == (CALLER, route.id)
    assert {one.state for one in collector.spans()} == {STATE}
    assert queued.parent == processed.parent == submitted.id


def test_a_retry_is_a_new_span_that_links_to_the_one_before(usher: Usher, collector: Collector) -> None:
    # When a job fails once, and the handler of another has a span of its own
    body = {"type": "fragile", "data": {"succeeds_at": 2}, "attempts": 2, "backoff": {"kind": "fixed", "delay_ms": 1}}
    usher.finished(asked(usher, "/v1/jobs", body))
    usher.finished(asked(usher, "/v1/jobs", {"type": "spanning", "data": {}}))

    # Then both attempts are in the trace, the second with a link to the first
    def attempts() -> list[Span]:
        return [one for one in collector.spans() if one.name == "process fragile"]

    until(lambda: len(attempts()) == 2, 20, lambda: f"{collector.spans()}")
    first, second = sorted(attempts(), key=lambda one: one.links)
    assert (first.failed, second.failed) == (True, False)
    assert (first.links, second.links) == ((), (first.id,))
    assert first.parent == second.parent == found(collector, "submit fragile")[0].id

    # And the handler's own span is a part of its attempt
    processed, own = found(collector, "process spanning", "resize")
    assert own.parent == processed.id


@pytest.mark.parametrize("delay_ms", ["600000"])
def test_processes_that_end_send_their_spans(usher: Usher, collector: Collector) -> None:
    # Given spans that are not due for ten minutes
    usher.finished(asked(usher, "/v1/jobs", {"type": "note", "data": {}}))

    # When the processes are told to end, then the spans are there
    for node in (*usher.setup.worker_cluster, usher.web):
        node.kill("SIGTERM")
        node.container.wait(30)
    found(collector, "POST /v1/jobs", "submit note", "process note")
