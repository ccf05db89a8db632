"""The keys of jobs: a function for each key; its docstring gives type, unit, writer and lifetime.

The other keys: script_keys.py, inventory_keys.py, worker_keys.py, history_keys.py, access_keys.py,
notification_keys.py, customer_keys.py.

All keys of jobs, shows and products share the hash tag `{jobs}`, so they are in one hash slot of a Redis Cluster, and
one script can change all that a reservation needs: its job, its show and the agenda. A script that needs a name
calls the same function, `KEY.log(id)`: its loader replaces the call (tasks_app/lua/key_names.py).
"""

JOBS = "{jobs}"


def unwritten() -> str:
    """A key that is never written. To delete it changes nothing, and the server says whether it takes changes."""
    return f"{JOBS}:unwritten"


def layout() -> str:
    """
    HASH: `version`, the layout of all that is stored (layout.py); during a migration also `to`, the new layout, and
    `count`, how many things a step has changed. Stays.
    """
    return f"{JOBS}:layout"


def layout_lock() -> str:
    """STRING, seconds: the token of the process that migrates the data."""
    return f"{JOBS}:layout-lock"


def job(job_id: str) -> str:
    """HASH: the record of one job (fields: tasks_app/jobs/job.py). Until its retention ends."""
    return f"{JOBS}:job:{job_id}"


def log(job_id: str) -> str:
    """LIST: the log lines of one job, at most 100. Lives and ends with the record."""
    return f"{JOBS}:log:{job_id}"


def index(job_type: str, state: str) -> str:
    """
    ZSET: the jobs of one type in one state; complete jobs have a list instead. The score of a queued job is its
    place, by level and arrival; jobs with a key or held back come after all others (lua/jobs/places.lua). In other
    states it is a time in unix ms: delayed = due, active = lease, ttl or limit runs out, failed or cancelled =
    when it ended.
    """
    return f"{JOBS}:index:{job_type}:{state}"


def failure_kinds(job_type: str) -> str:
    """
    SET: the kinds of errors with which jobs of this type failed, at most 100, and '' for all further ones
    (lua/jobs/alike.lua). A kind leaves it with its last job.
    """
    return f"{JOBS}:failed:{job_type}"


def failed_alike(job_type: str, kind: str) -> str:
    """ZSET: the failed jobs of one type and kind of error -> when they failed, unix ms; they are in `index` as well."""
    return f"{JOBS}:failed:{job_type}:{kind}"


def complete(job_type: str) -> str:
    """
    LIST: the complete jobs of one type, in the order in which they ended; their records say when. It takes a third of
    the memory of an index, and only its oldest jobs leave it: tasks_app/lua/jobs/forget.lua.
    """
    return f"{JOBS}:complete:{job_type}"


def types() -> str:
    """SET: the types that have jobs, at most USHER_TYPE_LIMIT and the handled ones. A type without jobs leaves it."""
    return f"{JOBS}:types"


def handled() -> str:
    """SET: the types for which some worker had a handler. As few as there are handlers; stays."""
    return f"{JOBS}:handled"


def events() -> str:
    """
    STREAM: event, job, type, batch, data of every transition; an entry holds what one script wrote about jobs of one
    type and batch that had the same events (events.py, `Entry`). Trimmed by the count of events.
    """
    return f"{JOBS}:events"


def numbers() -> str:
    """
    ZSET: job id -> its number, by which Kue's API knows it (tasks_app/jobs/numbered.py). Only jobs that this API made
    or showed have one. It ends with the record.
    """
    return f"{JOBS}:numbers"


def last_number() -> str:
    """STRING: the highest number that a job ever got. Stays, or a number would come to mean another job."""
    return f"{JOBS}:numbers:last"


def pauses() -> str:
    """
    HASH: paused group (jobs/groups.py), but not keys -> unix ms since when, at most controls.PAUSE_LIMIT. A job waits
    while one of its groups is paused. The pause of a batch goes with the batch. The names `closed` and `parked` are
    older than the words of today; other names would need a migration.
    """
    return f"{JOBS}:closed"


def paused_keys() -> str:
    """
    HASH: `key:TYPE/KEY` -> unix ms since when this key of a type is paused, at most controls.PAUSE_LIMIT. It is apart
    from `pauses`, since each claim reads that as a whole.
    """
    return f"{JOBS}:paused-keys"


def pause_notes() -> str:
    """
    HASH: paused group -> JSON of since (as in `pauses`), by, reason, until (unix ms, "" = until somebody resumes it),
    all texts. A note goes with its pause, or, if an earlier release ended that, at its `until` or with the next.
    """
    return f"{JOBS}:pause-notes"


def pause_ends() -> str:
    """ZSET: paused group -> unix ms at which maintenance ends its pause."""
    return f"{JOBS}:pause-ends"


def held_back(group: str) -> str:
    """LIST: queued jobs that a turn met while this group was paused, in that order. Maintenance empties it later."""
    return f"{JOBS}:parked:{group}"


def batch(batch_id: str) -> str:
    """
    HASH: total, created (unix ms), a counter for each state; `outcome:<word>`: how many complete jobs have this outcome
    in their results; `gone`: 1 when the record of one of its jobs was forgotten; `filling`: how many requests are taken
    whose jobs are not all recorded. Until the retention of its jobs ends.
    """
    return f"{JOBS}:batch:{batch_id}"


def batch_jobs(batch_id: str) -> str:
    """LIST: ids of the batch's jobs, in order. Lives and ends with the batch."""
    return f"{JOBS}:batch:{batch_id}:jobs"


def unique(job_type: str, key: str) -> str:
    """
    STRING: the job that holds this unique key (lua/jobs/unique.lua), with a time to live if it holds it for a time;
    otherwise until it leaves the states in which it holds it.
    """
    return f"{JOBS}:unique:{job_type}:{key}"


def staged(token: str) -> str:
    """
    LIST: the parts of a large request, JSON (lua/jobs/taking.lua), for a minute. Once the request is taken
    (lua/jobs/commit.lua), the batches that it fills follow the parts, and the list stays until all are recorded
    (lua/jobs/fill.lua).
    """
    return f"{JOBS}:staged:{token}"


def filling() -> str:
    """ZSET: token of a request that is taken but not wholly recorded -> unix ms when maintenance goes on with it."""
    return f"{JOBS}:filling"


def batches() -> str:
    """ZSET: batch id -> when one of its jobs last changed its state, unix ms."""
    return f"{JOBS}:batches"


def rules() -> str:
    """HASH: type -> its weight and limits, JSON (type_rules.py); at most type_rules.RULES_LIMIT. Stays."""
    return f"{JOBS}:rules"


def key_backlog(job_type: str, key: str) -> str:
    """
    ZSET: queued job of this key -> its place (tasks_app/lua/jobs/backlog.lua). It ends with the jobs.
    """
    return f"{JOBS}:line:{job_type}:{key}"


def held_back_groups() -> str:
    """SET: the groups of which jobs are held back. A group leaves it with its last job."""
    return f"{JOBS}:parked"


def dead_messages() -> str:
    """
    LIST, in the broker's database: JSON of raw, reason, queue, time_ms, newest first; at most 1000. Stays.

    Messages that workers found on a queue and could not read. No job is lost with them: its record is still queued.
    """
    return "usher:dead"


def dead_message_count() -> str:
    """STRING, in the broker's database: how many messages were ever set aside. Stays."""
    return "usher:dead:count"


def id_secret() -> str:
    """STRING: hex of 32 random bytes, the salt for ids derived from keys. Stays, or repeated keys would book twice."""
    return "usher:id-secret"
