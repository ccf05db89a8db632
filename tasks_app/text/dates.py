"""Dates as people and programs write them: ISO 8601 with an offset, or with a named zone as in RFC 9557."""

import re
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

EARLIEST_MS = 946_684_800_000  # 2000-01-01: earlier dates are most likely a mistake, such as seconds instead of ms
LATEST_MS = 32_503_680_000_000  # the year 3000
LONGEST = 100  # characters of a date
FORM = "a date such as `2026-12-01T09:00:00+01:00`, `2026-12-01T08:00:00Z` or `2026-12-01T09:00[Europe/Berlin]`"

_DATE = re.compile(
    r"(?P<local>[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?)"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
    r"(\[(?P<zone>[A-Za-z0-9_+/-]+)\])?"
)
_zones = cache(available_timezones)


def unix_ms(given: str | datetime) -> int:
    """
    The given moment in unix ms, from a text (FORM) or a datetime with a zone.

    Clock changes follow RFC 5545 and Temporal: a time that the zone skips moves forward by the skipped time (02:30
    becomes 03:30); a time that comes twice means the first, unless an offset beside the zone says which.

    Raises ValueError, with a sentence, for anything else, and for dates before 2000 or after 3000.
    """
    moment = _parsed(given) if isinstance(given, str) else given
    if moment.utcoffset() is None:
        raise ValueError(f"needs an offset or a zone: {FORM}")
    try:
        ms = int(moment.timestamp() * 1000)
    except OverflowError:  # within a day of the ends of the calendar
        ms = 0
    return checked_ms(ms)


def checked_ms(ms: int) -> int:
    """The same number; raises ValueError for a date before 2000 or after 3000, unix ms."""
    if ms < EARLIEST_MS:
        hint = f"; {ms} are seconds? Then write {ms * 1000}" if EARLIEST_MS <= ms * 1000 <= LATEST_MS else ""
        raise ValueError(f"lies before the year 2000; dates are counted in milliseconds since 1970{hint}")
    if ms > LATEST_MS:
        raise ValueError("lies after the year 3000; dates are counted in milliseconds since 1970")
    return ms


def zone(name: str) -> ZoneInfo:
    """An IANA time zone. Raises ValueError for an unknown name."""
    if name not in _zones():
        raise ValueError("names no time zone of the IANA, such as Europe/Berlin")
    return ZoneInfo(name)


def _parsed(text: str) -> datetime:
    found = _DATE.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise ValueError(f"is not {FORM}")
    try:
        offset = (found["offset"] or "").upper()
        moment = datetime.fromisoformat(found["local"].upper().replace(",", ".") + offset)
    except ValueError as error:
        raise ValueError(f"names no day or time that there is; send {FORM}") from error
    if not found["zone"]:
        return moment
    place = zone(found["zone"])
    if not offset:
        return moment.replace(tzinfo=place)
    if moment.astimezone(place).utcoffset() != moment.utcoffset() and offset != "Z":  # RFC 9557: Z tells no local time
        raise ValueError("has an offset that its zone does not have at that time")
    return moment.astimezone(place)
