"""The stream of the audit log: what an entry replaces, how many there are, and for how long."""

import pytest
import redis

from tasks_app.access import AuditEntry, WantedChanges
from tasks_app.access.audit_log import AuditLog
from tasks_app.state import access_keys


@pytest.fixture
def log(state: redis.Redis) -> AuditLog:
    return AuditLog(state, keep_seconds=3_600, keep_count=5)


def noted(log: AuditLog) -> list[str]:
    return [one.entry.what for one in log.page(WantedChanges()).changes]


def test_it_keeps_so_many_entries_and_none_that_is_too_old(log: AuditLog, state: redis.Redis) -> None:
    for at in range(8):
        log.note(AuditEntry("key", f"change {at}"))
    assert noted(log) == [f"change {at}" for at in (7, 6, 5, 4, 3)]
    assert 0 < state.ttl(access_keys.audit_log()) <= 3_600


def test_the_end_of_a_change_takes_the_place_of_its_beginning(log: AuditLog) -> None:
    begun, other = log.note(AuditEntry("key", "begun")), log.note(AuditEntry("key", "other"))
    ended = log.note(AuditEntry("key", "ended"), begun)
    assert [one.id for one in log.page(WantedChanges()).changes] == [ended, other]
