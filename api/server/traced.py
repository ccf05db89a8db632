"""Traced: the application with a span around each request, where traces are on. It goes on with a caller's trace."""

from typing import Any

from api.server.access_log import ROUTE
from tasks_app.traces import Traces, joined

PARENT, STATE = "HTTP_TRACEPARENT", "HTTP_TRACESTATE"
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})  # machines ask them all the time, about no job


class Traced:
    """A WSGI application. A span ends when the head of its answer was made, so that of a stream is short."""

    def __init__(self, application: Any, traces: Traces) -> None:
        self._application, self._traces = application, traces

    def __call__(self, environ: Any, start_response: Any) -> Any:
        method, scheme = environ["REQUEST_METHOD"], environ["wsgi.url_scheme"]
        if environ.get("PATH_INFO") in PROBES:
            return self._application(environ, start_response)
        about = {"http.request.method": method, "url.scheme": scheme}
        parent = joined(environ.get(PARENT, ""), environ.get(STATE, ""))
        with self._traces.span(method, "server", about, parent) as span:

            def begin(status: str, *rest: Any) -> Any:
                span.set("http.response.status_code", int(status[:3]))
                if status.startswith("5"):
                    span.fail(status)
                if route := environ.get(ROUTE):  # paths may name people
                    span.set("http.route", route)
                    span.rename(f"{method} {route}")
                return start_response(status, *rest)

            return self._application(environ, begin)
