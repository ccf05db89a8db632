"""Retry-After: the header's two forms, as seconds."""

import time
from datetime import UTC
from email.utils import parsedate_to_datetime


def retry_after_seconds(value: str | None, answered: str | None) -> float | None:
    """
    Seconds to wait, 0 or more; None when the header is absent or makes no sense.

    `value` is the header, a number of seconds or an HTTP date. A date counts from `answered`, the same answer's Date
    header, if there is one: then it does not matter which clock is right.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = _unix_seconds(text)
    if until is None:
        return None
    since = _unix_seconds(answered or "")
    return max(0.0, until - (time.time() if since is None else since))


def _unix_seconds(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
