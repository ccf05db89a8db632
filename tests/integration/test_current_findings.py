"""What is wrong, for many who ask often: looked at once in a while, bounded in time, and never an error."""

import threading
from collections.abc import Iterator

import pytest
import redis

from tasks_app.doctor import Finding, Sight, current
from tests.jobs import new, take_in
from tests.roots import Root


def warned(usher: Root) -> set[str]:
    return {one.check for one in usher.findings.read().findings if one.level == "warning"}


def test_a_report_stands_for_some_seconds(usher: Root, state: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "work.types_without_worker" not in warned(usher)
    take_in(state, new(type="unheard"))
    assert "work.types_without_worker" not in warned(usher)
    monkeypatch.setattr(current, "FRESH_SECONDS", 0.0)
    assert "work.types_without_worker" in warned(usher)


def test_while_one_examines_the_others_get_the_last_report(usher: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a report, and an examination that hangs
    before = usher.findings.read()
    began, go_on = threading.Event(), threading.Event()

    def hanging(_: Sight) -> Iterator[Finding]:
        began.set()
        assert go_on.wait(20)
        yield Finding("error", "it hung.", "Wait.")

    monkeypatch.setattr(current, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(current, "CHECKS", (hanging,))
    thread = threading.Thread(target=usher.findings.read)
    thread.start()
    assert began.wait(20)

    # When another asks, Then it has the last one at once, and the new one when it is there
    assert usher.findings.read() is before
    go_on.set()
    thread.join(20)
    monkeypatch.setattr(current, "FRESH_SECONDS", 60.0)
    assert [one.what for one in usher.findings.read().findings] == ["It hung."]


def test_no_check_begins_when_the_time_is_over(usher: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "PATIENCE_SECONDS", -1.0)
    report = usher.findings.read()
    assert (report.status, report.looked_at) == ("ok", [])
    assert {why for _, why in report.unseen} == {"there was no time left after -1 s."}
