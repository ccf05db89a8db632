"""Quiet hours by the recipient's clock: over midnight, in every zone, and in the nights when clocks change."""

from datetime import datetime

import pytest

from worker.notifications.quiet_hours import QuietHours


def ms(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def ends(start: str, end: str, zone: str, now: str) -> int | None:
    return QuietHours.parse({"from": start, "to": end, "zone": zone}).ends_ms(ms(now))


@pytest.mark.parametrize(
    ("start", "end", "zone", "now", "expected"),
    [
        # Within a day: the start is quiet, the end is not.
        ("12:00", "14:00", "UTC", "2026-05-04T11:59:59Z", None),
        ("12:00", "14:00", "UTC", "2026-05-04T12:00:00Z", "2026-05-04T14:00:00Z"),
        ("12:00", "14:00", "UTC", "2026-05-04T13:59:59Z", "2026-05-04T14:00:00Z"),
        ("12:00", "14:00", "UTC", "2026-05-04T14:00:00Z", None),
        # Over midnight: the end is tomorrow before it, today after it.
        ("22:00", "08:00", "UTC", "2026-05-04T21:59:59Z", None),
        ("22:00", "08:00", "UTC", "2026-05-04T22:00:00Z", "2026-05-05T08:00:00Z"),
        ("22:00", "08:00", "UTC", "2026-05-05T07:59:59Z", "2026-05-05T08:00:00Z"),
        ("22:00", "08:00", "UTC", "2026-05-05T08:00:00Z", None),
        ("22:00", "08:00", "UTC", "2026-12-31T23:00:00Z", "2027-01-01T08:00:00Z"),
        # The recipient's date differs from ours.
        ("22:00", "08:00", "Pacific/Auckland", "2026-05-04T12:00:00Z", "2026-05-04T20:00:00Z"),
        ("22:00", "08:00", "America/Los_Angeles", "2026-05-05T06:00:00Z", "2026-05-05T15:00:00Z"),
        # Zones with half and quarter hours.
        ("22:00", "08:00", "Asia/Kolkata", "2026-05-04T16:29:59Z", None),
        ("22:00", "08:00", "Asia/Kolkata", "2026-05-04T16:30:00Z", "2026-05-05T02:30:00Z"),
        ("22:00", "08:00", "Asia/Kathmandu", "2026-05-04T16:15:00Z", "2026-05-05T02:15:00Z"),
        # Berlin's nights of 23 and of 25 hours; Lord Howe's clocks change by half an hour.
        ("22:00", "08:00", "Europe/Berlin", "2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z"),
        ("22:00", "08:00", "Europe/Berlin", "2026-10-24T21:00:00Z", "2026-10-25T07:00:00Z"),
        ("22:00", "08:00", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-03T21:00:00Z"),
        # 02:30 comes twice in Berlin: the first one ends the first, the second one the second.
        ("22:00", "02:30", "Europe/Berlin", "2026-10-25T00:15:00Z", "2026-10-25T00:30:00Z"),
        ("22:00", "02:30", "Europe/Berlin", "2026-10-25T00:45:00Z", None),
        ("22:00", "02:30", "Europe/Berlin", "2026-10-25T01:15:00Z", "2026-10-25T01:30:00Z"),
        ("22:00", "02:30", "Europe/Berlin", "2026-10-25T01:30:00Z", None),
    ],
)
def test_quiet_hours_end_by_the_recipients_clock(start, end, zone, now, expected):
    assert ends(start, end, zone, now) == (expected and ms(expected))


def test_an_end_that_the_night_leaves_out_is_not_before_the_clocks_change():
    found = ends("22:00", "02:30", "Europe/Berlin", "2026-03-29T00:30:00Z")
    assert ms("2026-03-29T01:00:00Z") <= found <= ms("2026-03-29T01:30:00Z")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25"])
@pytest.mark.parametrize("window", [("22:00", "02:15"), ("01:45", "02:45"), ("02:10", "02:20"), ("23:30", "08:00")])
def test_an_end_is_always_in_the_future_and_nothing_is_quiet_then(zone, day, window):
    hours = QuietHours.parse({"from": window[0], "to": window[1], "zone": zone})
    begin = ms(f"{day}T00:00:00Z") - 86_400_000
    for minute in range(0, 2 * 1440, 5):
        now_ms = begin + minute * 60_000
        end_ms = hours.ends_ms(now_ms)
        assert end_ms is None or now_ms < end_ms <= now_ms + 26 * 3_600_000


def test_quiet_hours_defer_unless_told_otherwise():
    data = {"from": "22:00", "to": "08:00", "zone": "UTC"}
    assert QuietHours.parse(data).policy == "defer"
    assert QuietHours.parse({**data, "policy": "skip"}).policy == "skip"
