"""OpenTelemetry: our traces by its SDK, which reads the standard OTEL_ variables by itself."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import entry_points

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tasks_app.traces.attempts import Attempt, span_id
from tasks_app.traces.carrying import joined, parts
from tasks_app.traces.port import Kind

CLOSE_SECONDS = 2.0  # a worker that is told to stop does not wait longer for a collector that is away
EXPORTERS = "opentelemetry_traces_exporter"  # the group of entry points in which packages offer theirs
USUAL = {"otlp": "otlp_proto_http"}  # the protocol that the extra brings
KINDS: Mapping[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
    "client": SpanKind.CLIENT,
}
_wanted: ContextVar[int] = ContextVar("wanted", default=0)  # the id of the span that is made now; 0 = any
_propagator = TraceContextTextMapPropagator()


class _Ids(RandomIdGenerator):
    def generate_span_id(self) -> int:
        return _wanted.get() or super().generate_span_id()


class _Span:
    """A span behind our port."""

    def __init__(self, own: trace.Span) -> None:
        self._own = own

    def set(self, name: str, value: str | int) -> None:
        self._own.set_attribute(name, value)

    def rename(self, name: str) -> None:
        self._own.update_name(name)

    def fail(self, why: str) -> None:
        self._own.set_status(Status(StatusCode.ERROR, why))


class OpenTelemetry:
    """
    The traces of one process. If its program has set up a provider before, spans go there; otherwise this sets one up
    for the whole process, so that spans that handlers start with OpenTelemetry's own functions join.
    """

    def __init__(self, exporter: str) -> None:
        """Raises SystemExit with a sentence if no package offers this exporter."""
        found = trace.get_tracer_provider()
        if not isinstance(found, TracerProvider):
            found = _provider(exporter)
            trace.set_tracer_provider(found)
        self._provider = found
        self._tracer = found.get_tracer("usher")

    @contextmanager
    def span(self, name: str, kind: Kind, attributes: Mapping[str, str | int], parent: str = "") -> Iterator[_Span]:
        """As Traces.span."""
        context = _context(parent) if parent else None
        with self._tracer.start_as_current_span(name, context, KINDS[kind], attributes, record_exception=False) as own:
            yield _Span(own)

    def carried(self) -> str:
        """As Traces.carried."""
        now = trace.get_current_span().get_span_context()
        if not now.is_valid:
            return ""
        state = now.trace_state.to_header() if now.trace_state else ""
        return joined(f"00-{now.trace_id:032x}-{now.span_id:016x}-{now.trace_flags:02x}", state)

    @contextmanager
    def attempt(self, attempt: Attempt) -> Iterator[_Span]:
        """As Traces.attempt."""
        self._queued(attempt, None)
        with trace.use_span(self._started(attempt, None), end_on_exit=True, record_exception=False) as own:
            yield _Span(own)

    def note(self, attempt: Attempt, started: float, ended: float, failure: str = "") -> None:
        """As Traces.note."""
        self._queued(attempt, _ns(started))
        own = self._started(attempt, _ns(started))
        if failure:
            own.set_status(Status(StatusCode.ERROR, failure))
        own.end(_ns(ended))

    def close(self) -> None:
        """As Traces.close."""
        sending = threading.Thread(target=self._provider.force_flush, daemon=True)
        sending.start()
        sending.join(CLOSE_SECONDS)

    def _queued(self, attempt: Attempt, until_ns: int | None) -> None:
        own = self._tracer.start_span(
            f"queued {attempt.type}",
            _context(attempt.trace),
            SpanKind.INTERNAL,
            _attributes(attempt),
            start_time=_ns(attempt.queued_seconds),
        )
        own.end(until_ns)

    def _started(self, attempt: Attempt, at_ns: int | None) -> trace.Span:
        token = _wanted.set(span_id(attempt.id, attempt.number))
        try:
            return self._tracer.start_span(
                f"process {attempt.type}",
                _context(attempt.trace),
                SpanKind.CONSUMER,
                _attributes(attempt) | {"messaging.operation.type": "process", "usher.attempt": attempt.number},
                _links(attempt),
                at_ns,
            )
        finally:
            _wanted.reset(token)


def _provider(exporter: str) -> TracerProvider:
    resource = Resource.create()
    if str(resource.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):  # OTEL_SERVICE_NAME is not set
        resource = resource.merge(Resource({SERVICE_NAME: "usher"}))
    made = TracerProvider(resource=resource, id_generator=_Ids())
    if exporter != "none":
        made.add_span_processor(BatchSpanProcessor(_exporter(exporter)))
    return made


def _exporter(name: str) -> SpanExporter:
    for found in entry_points(group=EXPORTERS, name=USUAL.get(name, name)):
        made: SpanExporter = found.load()()
        return made
    raise SystemExit(f"usher: OTEL_TRACES_EXPORTER names {name!r}, which no installed package offers")


def _context(carried: str) -> Context:
    return _propagator.extract(parts(carried))


def _attributes(attempt: Attempt) -> dict[str, str | int]:
    return {
        "messaging.system": "usher",
        "messaging.destination.name": attempt.type,
        "messaging.message.id": attempt.id,
    }


def _links(attempt: Attempt) -> Sequence[Link]:
    """To the attempt before this one, whose span may be lost with its process."""
    if attempt.number < 2:
        return ()
    origin = trace.get_current_span(_context(attempt.trace)).get_span_context()
    before = SpanContext(origin.trace_id, span_id(attempt.id, attempt.number - 1), True, TraceFlags(origin.trace_flags))
    return (Link(before),)


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
