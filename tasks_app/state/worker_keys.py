"""The keys about workers and processors: what they do, whose turn it is, what they count; in the form of keys.py."""

from tasks_app.state.keys import JOBS


def consumed() -> str:
    """HASH: queue -> unix ms at which a worker last took a message from it."""
    return f"{JOBS}:consumed"


def slots(lane: str) -> str:
    """ZSET, seconds: `<worker> <slots>` -> unix ms until which it is valid. Workers announce themselves each tick."""
    return f"{JOBS}:slots:{lane}"


def doing(worker: str) -> str:
    """
    STRING, seconds: how many of a worker's slots take jobs, a space, and JSON of what each does: pid, type ("" =
    nothing), since_ms, dead, job (an id; "" = none), jobs (how many at once), until_ms (as in `slots`, but by the
    worker's clock). Written with `slots`.
    """
    return f"{JOBS}:doing:{worker}"


def workers() -> str:
    """ZSET: worker -> unix ms at which it last announced itself; it stays for ten minutes after that."""
    return f"{JOBS}:workers"


def worker(name: str) -> str:
    """
    HASH, a day: `boot`, a random word of its process; `facts`, JSON of what it says of itself (jobs/workers.py). What
    operators wish, JSON with who and since when: `quiet`, it starts no job; `stop`, it is to end. It ends with its
    process, and another process of this name begins without wishes.
    """
    return f"{JOBS}:worker:{name}"


def wake_ups(job_type: str) -> str:
    """
    ZSET: token of a wake-up that was published and has started no turn yet -> when, unix ms. It ends with the type.
    """
    return f"{JOBS}:wakes:{job_type}"


def able() -> str:
    """ZSET: type -> unix ms until which some worker is expected to do it. Workers renew it each tick."""
    return f"{JOBS}:able"


def call(token: str) -> str:
    """LIST, a second: `come`: there are jobs for the turn that lingers with this token; `end`: make room for others."""
    return f"{JOBS}:call:{token}"


def tick() -> str:
    """STRING, a fraction of a second: whose maintenance works now, so that ten processes do the work of one."""
    return f"{JOBS}:tick"


def flower_feed() -> str:
    """STRING, seconds: the name of the worker that feeds Flower with events of jobs."""
    return f"{JOBS}:flower-feed"


def flower_place() -> str:
    """STRING, a day: the id of the last event that it has fed to Flower."""
    return f"{JOBS}:flower-place"


def flower_shown() -> str:
    """SET, a day: the jobs that Flower shows as not ended, 10 000 at most."""
    return f"{JOBS}:flower-shown"


def attended(job_type: str) -> str:
    """
    ZSET, seconds: processor -> unix ms until which it counts as alive. Workers leave the type to live processors.
    """
    return f"{JOBS}:attended:{job_type}"


def canary(queue: str) -> str:
    """STRING, seconds: somebody has just sent a canary to this queue."""
    return f"{JOBS}:canary:{queue}"


def meters(job_type: str = "") -> str:
    """
    HASH: field -> number: what all processes counted, for /metrics (tasks_app/metrics/series.py). Each type has one:
    the scripts write it together with the changes that they count, and it ends with the type. The one without a type
    has changes of shows and products, requests, calls of providers; at most 20 000 fields. Stays.
    """
    return f"{JOBS}:meters:{job_type}" if job_type else f"{JOBS}:meters"


def open_now() -> str:
    """HASH: process -> unix ms until which it is valid, a space, and JSON of what the process has open, by name."""
    return f"{JOBS}:open"


def census() -> str:
    """HASH: `at_ms` and totals of all shows and products, and of memory (worker/census). Each round replaces it."""
    return f"{JOBS}:census"


def census_taker() -> str:
    """STRING, seconds: the worker that takes the census."""
    return f"{JOBS}:census-taker"
