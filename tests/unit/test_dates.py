"""What a date may look like, and which moment it is, even where clocks change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tasks_app.text.dates import checked_ms, unix_ms

BERLIN = ZoneInfo("Europe/Berlin")


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-12-01T09:00[Europe/Berlin]", utc(2026, 12, 1, 8)),
        ("2026-12-01T09:00:00+01:00", utc(2026, 12, 1, 8)),
        ("2026-12-01T08:00Z", utc(2026, 12, 1, 8)),
        ("2026-12-01 08:00:00z", utc(2026, 12, 1, 8)),
        ("2026-12-01T08:00:00.25Z", utc(2026, 12, 1, 8) + 250),
        ("2026-12-01T09:00+01:00[Europe/Berlin]", utc(2026, 12, 1, 8)),
        ("2026-12-01T08:00Z[Europe/Berlin]", utc(2026, 12, 1, 8)),
        ("2026-07-01T09:00[Europe/Berlin]", utc(2026, 7, 1, 7)),
        ("2026-12-01T09:00[Asia/Kathmandu]", utc(2026, 12, 1, 3, 15)),
        ("2026-03-29T02:30[Europe/Berlin]", utc(2026, 3, 29, 1, 30)),  # in the gap: 03:30 in summer time
        ("2026-10-25T02:30[Europe/Berlin]", utc(2026, 10, 25, 0, 30)),  # comes twice: the first
        ("2026-10-25T02:30+02:00[Europe/Berlin]", utc(2026, 10, 25, 0, 30)),
        ("2026-10-25T02:30+01:00[Europe/Berlin]", utc(2026, 10, 25, 1, 30)),
        (datetime(2026, 12, 1, 9, tzinfo=BERLIN), utc(2026, 12, 1, 8)),
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN), utc(2026, 10, 25, 1, 30)),
        ("2000-01-01T00:00Z", utc(2000, 1, 1)),
    ],
)
def test_a_date_is_one_moment(given: str | datetime, moment: int) -> None:
    assert unix_ms(given) == moment


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("2026-12-01T09:00", "offset or a zone"),
        (datetime(2026, 12, 1), "offset or a zone"),  # noqa: DTZ001
        ("2026-12-01", "is not a date"),
        ("tomorrow", "is not a date"),
        ("", "is not a date"),
        ("1795683600", "is not a date"),
        ("2026-12-01T09:00[Europe/Berlin][u-ca=hebrew]", "is not a date"),
        ("2026-12-01T09:00[" + "x" * 100_000 + "]", "is not a date"),
        ("2026-12-01T09:00[Europe/Nowhere]", "no time zone"),
        ("2026-12-01T09:00[../../etc/passwd]", "is not a date"),
        ("2026-13-01T09:00Z", "no day or time"),
        ("2026-02-30T09:00[Europe/Berlin]", "no day or time"),
        ("2026-12-01T24:30Z", "no day or time"),
        ("2026-12-01T09:00+99:00", "no day or time"),
        ("2026-12-01T09:00+05:00[Europe/Berlin]", "offset that its zone does not have"),
        ("1999-12-31T23:59:59Z", "before the year 2000"),
        ("0001-01-01T00:00+14:00", "before the year 2000"),
        ("9999-12-31T23:59-12:00", "after the year 3000"),
    ],
)
def test_a_text_that_is_no_date_is_refused_in_a_sentence(given: str | datetime, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        unix_ms(given)


@pytest.mark.parametrize("ms", [0, 1, -5, 1_795_683_600, 946_684_799_999, 1_795_683_600_000_000])
def test_a_date_counted_in_another_unit_is_refused(ms: int) -> None:
    with pytest.raises(ValueError, match="milliseconds"):
        checked_ms(ms)


def test_seconds_instead_of_milliseconds_get_a_hint_at_the_intended_date() -> None:
    with pytest.raises(ValueError, match=r"1795683600 are seconds\? Then write 1795683600000"):
        checked_ms(1_795_683_600)
