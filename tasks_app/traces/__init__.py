"""Traces: a request, its job and all that is done for it in one OpenTelemetry trace. Off unless USHER_TRACES is on."""

from tasks_app.traces.attempts import Attempt
from tasks_app.traces.carrying import joined, parts
from tasks_app.traces.opening import open_traces
from tasks_app.traces.port import Kind, Span, Traces

__all__ = ["Attempt", "Kind", "Span", "Traces", "joined", "open_traces", "parts"]
