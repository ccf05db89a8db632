"""Opens the traces of a process, if the settings want them. OpenTelemetry is imported here, and only then."""

from tasks_app.configuration import Settings
from tasks_app.traces.port import Traces


def open_traces(settings: Settings) -> Traces | None:
    """None if they are off. Raises SystemExit with a sentence if there is no such exporter."""
    if settings.traces == "off":
        return None
    from tasks_app.traces.otel import OpenTelemetry  # takes 0.2 s and 15 MB

    return OpenTelemetry(settings.otel_traces_exporter)
