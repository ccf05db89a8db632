"""The keys with which customers are forgotten, in the form of keys.py."""

from tasks_app.state.keys import JOBS


def pseudonym_secret() -> str:
    """STRING: hex of 32 random bytes, which pseudonyms are made with. Stays, or limits would not know who came back."""
    return f"{JOBS}:pseudonym-secret"


def forgetting(job_id: str) -> str:
    """
    HASH of the job that forgets a customer: `name`, until it is done; then `result`, JSON; meanwhile `place` and
    `counts`, JSON, where it goes on after a kill. A week.
    """
    return f"{JOBS}:forgetting:{job_id}"


def forgetting_lock() -> str:
    """STRING, seconds: the token of the worker that forgets a customer now. Its scripts change nothing without it."""
    return f"{JOBS}:forgetting-lock"


def rewritten() -> str:
    """STREAM: the copy of a ledger, or of the events, that takes its place once it is complete."""
    return f"{JOBS}:rewritten"


def rewritten_reservations() -> str:
    """SET: the customer's reservations in the ledger that is copied. It ends with the copy."""
    return f"{JOBS}:rewritten:reservations"


def rewritten_operations() -> str:
    """SET: the jobs that changed these reservations. It ends with the copy."""
    return f"{JOBS}:rewritten:operations"


def rewritten_jobs() -> str:
    """SET: the jobs about the customer, whose events lose their texts. It ends with the job that forgets."""
    return f"{JOBS}:rewritten:jobs"
