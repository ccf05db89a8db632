"""Traces: nothing of OpenTelemetry is loaded while they are off, and wrong settings are sentences."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from tasks_app.configuration import Settings
from tasks_app.jobs import new_job
from tasks_app.traces import Attempt, joined, parts
from tasks_app.traces.otel import _exporter

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PROGRAM = """
import sys
from api.app import create_app
from tasks_app.usher import Usher
from tests.jobs import options
import worker.tasks
usher = Usher(options())
create_app(usher)
assert usher.traces is None and usher.intake
print(sorted({"tasks_app.traces.otel", "opentelemetry.sdk.trace"} & {*sys.modules}))  # redis-py loads other parts
"""


def test_opentelemetry_is_not_loaded_while_traces_are_off():
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout.strip(), ended.stderr) == ("[]", "")


def test_each_attempt_has_a_span_of_its_own_in_the_trace_of_its_job():
    first, second = (Attempt("resize", "j1", number, TRACE, "0") for number in (1, 2))
    assert first.carried != second.carried
    assert first.carried == Attempt("resize", "j1", 1, TRACE, "9").carried
    assert {one.carried.split("-")[1] for one in (first, second)} == {TRACE.split("-")[1]}
    assert {one.carried.split("-")[3] for one in (first, second)} == {"01"}


def test_a_tracestate_goes_with_the_traceparent_to_each_attempt_and_into_a_field_of_its_own():
    both = joined(TRACE, "acme=a-1,b=c d")
    assert parts(both) == {"traceparent": TRACE, "tracestate": "acme=a-1,b=c d"}
    carried = Attempt("resize", "j1", 1, both, "0").carried
    assert parts(carried)["tracestate"] == "acme=a-1,b=c d"
    assert parts(carried)["traceparent"] == Attempt("resize", "j1", 1, TRACE, "0").carried
    assert new_job._carried(both) == ["trace", TRACE, "tracestate", "acme=a-1,b=c d"]
    assert new_job._carried(TRACE) == ["trace", TRACE]


def test_a_tracestate_that_is_too_long_or_alone_is_dropped():
    assert parts(joined(TRACE, "a=" + "b" * 510)) == {"traceparent": TRACE, "tracestate": "a=" + "b" * 510}
    assert joined(TRACE, "a=" + "b" * 511) == TRACE
    assert joined("", "a=b") == ""
    assert parts("") == {}


def test_an_attempt_knows_since_when_its_job_was_queued():
    since_2025_us = 3_000_000
    assert Attempt("resize", "j1", 1, TRACE, str(3 * 2**50 + since_2025_us)).queued_seconds == 1_735_689_603


def test_traces_without_their_packages_are_refused(monkeypatch):
    monkeypatch.setattr("tasks_app.configuration.forms.find_spec", lambda name: None)
    with pytest.raises(ValidationError, match=r"pip install 'usher\[otel\]'"):
        Settings(traces="on")


def test_an_exporter_that_no_package_offers_is_refused():
    with pytest.raises(SystemExit, match="OTEL_TRACES_EXPORTER names 'pigeon'"):
        _exporter("pigeon")
