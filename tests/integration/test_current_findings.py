"""What is wrong, for many who ask often: looked at once in a while, bounded in time, and never an error."""

import threading
from collections.abc import Iterator
from typing import Any

import redis

from tasks_app.doctor import CurrentFindings, Finding, Sight
from tasks_app.doctor.current import FRESH_SECONDS
from tests.jobs import new, take_in
from tests.roots import Root


class Findings(CurrentFindings):
    """Those of an Usher, by a clock that the test moves."""

    def __init__(self, usher: Root, **how: Any) -> None:
        self.now = 0.0
        super().__init__(usher.settings, usher.connections, usher.jobs, usher.slots, clock=lambda: self.now, **how)

    def warned(self) -> set[str]:
        """The checks that warn."""
        return {one.check for one in self.read().findings if one.level == "warning"}


def test_a_report_stands_for_some_seconds(usher: Root, state: redis.Redis) -> None:
    findings = Findings(usher)
    assert "work.types_without_worker" not in findings.warned()
    take_in(state, new(type="unheard"))
    findings.now += FRESH_SECONDS
    assert "work.types_without_worker" not in findings.warned()
    findings.now += 0.1
    assert "work.types_without_worker" in findings.warned()


def test_while_one_examines_the_others_get_the_last_report(usher: Root) -> None:
    # Given a report, and an examination that hangs
    began, go_on, hangs = threading.Event(), threading.Event(), threading.Event()

    def hanging(_: Sight) -> Iterator[Finding]:
        if hangs.is_set():
            began.set()
            assert go_on.wait(20)
            yield Finding("error", "it hung.", "Wait.")

    findings = Findings(usher, checks=(hanging,))
    before = findings.read()
    hangs.set()
    findings.now += 60
    thread = threading.Thread(target=findings.read)
    thread.start()
    assert began.wait(20)

    # When another asks, Then it has the last one at once, and the new one when it is there
    assert findings.read() is before
    go_on.set()
    thread.join(20)
    assert [one.what for one in findings.read().findings] == ["It hung."]


def test_no_check_begins_when_the_time_is_over(usher: Root) -> None:
    report = Findings(usher, patience_seconds=-1.0).read()
    assert (report.status, report.looked_at) == ("ok", [])
    assert {why for _, why in report.unseen} == {"there was no time left after -1 s."}
