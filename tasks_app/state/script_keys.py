"""The keys that only the scripts use, in the form of keys.py."""

from tasks_app.state.keys import JOBS


def events_beyond() -> str:
    """STRING: how many more events than entries the stream holds."""
    return f"{JOBS}:events:beyond"


def met(job_id: str) -> str:
    """STRING, an hour: the answer to a job with a fingerprint for which another job stands."""
    return f"{JOBS}:met:{job_id}"


def turns(job_type: str) -> str:
    """ZSET: token of a turn that will soon be back -> unix ms until when to expect it."""
    return f"{JOBS}:turns:{job_type}"


def lingering(lane: str) -> str:
    """ZSET: token and type of a turn that waits for more jobs -> unix ms until when."""
    return f"{JOBS}:lingering:{lane}"


def paces() -> str:
    """HASH: type -> us that a job takes, as slots measured it."""
    return f"{JOBS}:pace"


def ring(job_type: str) -> str:
    """ZSET: key that may start a job -> its turn. It ends with the jobs."""
    return f"{JOBS}:ring:{job_type}"


def resting(job_type: str) -> str:
    """ZSET: key that a limit or a pause keeps waiting -> until when, unix ms. It ends with the jobs."""
    return f"{JOBS}:resting:{job_type}"


def under_way(job_type: str, key: str) -> str:
    """SET: the active jobs of this key. It ends with them."""
    return f"{JOBS}:under-way:{job_type}:{key}"


def starts(job_type: str) -> str:
    """ZSET: jobs of this type that started within the time of its rate."""
    return f"{JOBS}:starts:{job_type}"


def key_starts(job_type: str, key: str) -> str:
    """ZSET: jobs of this key that started within the time of a rate."""
    return f"{JOBS}:starts:{job_type}:{key}"
