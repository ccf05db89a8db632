"""The keys of the history by the minute, in the form of keys.py. Together they are bounded: docs/metrics.md."""

from tasks_app.state.keys import JOBS


def history_minutes() -> str:
    """
    HASH: minute (unix time / 60 s) -> its row, JSON (lua/jobs/sample.lua); the last 60 minutes that are over. Stays.
    """
    return f"{JOBS}:history:minutes"


def history_quarters() -> str:
    """HASH: quarter of an hour (unix time / 900 s) -> the sum of its minutes, JSON; the last 96. Stays."""
    return f"{JOBS}:history:quarters"


def history_counted() -> str:
    """
    HASH: type -> what it had counted at the last sample: new, complete, failed, retried, snoozed, with blanks between.
    Each sample replaces it; a type that ends leaves it.
    """
    return f"{JOBS}:history:counted"


def history_sampled() -> str:
    """STRING: when the last sample was, unix ms. Stays."""
    return f"{JOBS}:history:sampled"
