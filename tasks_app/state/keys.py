"""Every key of the state: a function for each key; its docstring gives type, unit, writer and lifetime.

All keys of jobs, shows and products share the hash tag `{jobs}`, so they are in one hash slot of a Redis Cluster, and
one script can change all that a reservation needs: its job, its show and the agenda. The scripts build the same names
(tasks_app/lua/jobs/names.lua, tasks_app/lua/inventory/names.lua).
"""

JOBS = "{jobs}"


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
    type and batch that had the same events (events.py, `Entry`). Trimmed by the count of events. Used only by the
    scripts: the STRING `{jobs}:events:beyond`, how many more events than entries it holds.
    """
    return f"{JOBS}:events"


def pauses() -> str:
    """
    HASH: paused group (controls.py) -> unix ms since when, at most controls.PAUSE_LIMIT. A job waits while one of its
    groups is paused. The pause of a batch goes with the batch. The names `closed` and `parked` are older than the words
    of today; other names would need a migration.
    """
    return f"{JOBS}:closed"


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
    otherwise until it leaves the states in which it holds it. Used only by the scripts: `{jobs}:met:<job>`, an hour:
    the answer to a job with a fingerprint for which another job stands.
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


def consumed() -> str:
    """HASH: queue -> unix ms at which a worker last took a message from it."""
    return f"{JOBS}:consumed"


def slots(lane: str) -> str:
    """ZSET, seconds: `<worker> <slots>` -> unix ms until which it is valid. Workers announce themselves each tick."""
    return f"{JOBS}:slots:{lane}"


def doing(worker: str) -> str:
    """
    STRING, seconds: how many of a worker's slots are alive, a space, and JSON of what each does: pid, type ("" =
    nothing), since_ms, dead, until_ms (as in `slots`, but by the worker's clock). Written with `slots`.
    """
    return f"{JOBS}:doing:{worker}"


def wake_ups(job_type: str) -> str:
    """
    ZSET: token of a wake-up that was published and has started no turn yet -> when, unix ms. Used only by the scripts:
    `turns` (token of a turn that will soon be back -> until when to expect it), `lingering:<lane>` (token and type of
    turns that wait for more jobs), and the HASH `{jobs}:pace`, type -> us that a job takes.
    """
    return f"{JOBS}:wakes:{job_type}"


def rules() -> str:
    """HASH: type -> its weight and limits, JSON (type_rules.py); at most type_rules.RULES_LIMIT. Stays."""
    return f"{JOBS}:rules"


def key_backlog(job_type: str, key: str) -> str:
    """
    ZSET: queued job of this key -> its place. Used only by the scripts (tasks_app/lua/jobs/backlog.lua, limits.lua):
    `ring:<type>` (key that may start a job -> its turn), `resting:<type>` (key that a limit keeps waiting -> until
    when, unix ms), `under-way:<type>:<key>` (SET of its active jobs), `starts:<type>` and `starts:<type>:<key>` (jobs
    that started within the time of a rate). All end with the jobs.
    """
    return f"{JOBS}:line:{job_type}:{key}"


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
    ZSET, seconds: processor -> unix ms until which it counts as alive. Workers leave the type to live processors. The
    scripts build it: tasks_app/lua/jobs/names.lua.
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


def seeded() -> str:
    """STRING: the first-run data were created; stays, so that data which a user deletes do not come back."""
    return f"{JOBS}:seeded"


INVENTORY_PARTS = ("meta", "pool", "holds", "exp", "cust", "ops", "log")


def inventory(target: str, part: str) -> str:
    """
    One key of one show or product; `target` is `show:<id>` or `product:<id>`. Written by tasks_app/lua only.

    meta  HASH: `definition` (JSON as created), status (on_sale or closed), hold_ms, hold_max_ms,
          max_per_customer (absent: no limit), `v` (the ledger's version), `forgotten` (the ledger's entry
          up to which retention is done)
    pool  HASH: `<pool>:cap`, `<pool>:held`, `<pool>:sold`
    holds HASH: reservation id -> the hold (tasks_app/inventory/holds.py gives its form). Released and expired ones
          until their retention ends, sales for ever
    exp   ZSET: up to 24 reservation ids, with blanks between -> deadline of each, unix ms; exactly the holds that
          are in the state `held`
    cust  HASH: customer -> units held and sold, absent when 0; only where there is a limit
    ops   HASH: operation id -> answer (JSON) to a change that no hold records (restock, capacity, status,
          extend). Until its retention ends
    log   STREAM: the ledger: v, event, id, data. An entry has consecutive changes of one script that have the same
          event, at most 250: `id` has what they are about, with blanks between; `data` is the JSON object of the only
          change, or [what all have, {name: [what each has], ...}]; `v` is the version of the first. Versions count
          1, 2, 3, ... without a gap (tasks_app/inventory/queries.py, `changes`). Stays
    """
    return f"{JOBS}:{target}:{part}"


def target_of(log_key: str) -> str:
    """The show or product of a ledger: the target in `inventory(target, "log")`."""
    return log_key.removeprefix(f"{JOBS}:").removesuffix(":log")


def inventories(kind: str) -> str:
    """SET: ids of all shows, or of all products."""
    return f"{JOBS}:inventories:{kind}"


def inventory_codes() -> str:
    """
    ZSET, all scores 0: `<code> <target>` of all shows and products, to find them by a reservation's id
    (tasks_app/inventory/reservation_ids.py). Stays.
    """
    return f"{JOBS}:inventories:codes"


def agenda(task: str) -> str:
    """
    ZSET: `show:<id>` or `product:<id>` -> unix ms when maintenance has to look at it, to `expire` holds or to `forget`
    things past their retention; 0 = at once. In `expire` are those that may have holds, in `forget` all. The scripts of
    the inventory write it together with their changes (worker/inventory/agenda.py).
    """
    return f"{JOBS}:agenda:{task}"


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


def api_keys() -> str:
    """SET: ids of all API keys, at most key_store.KEYS_AT_MOST; those that are over stay 30 days."""
    return f"{JOBS}:api-keys"


def api_key(key_id: str) -> str:
    """HASH: owner, roles, scopes, digest, created_ms, expires_ms, revoked_ms, used_ms of one API key."""
    return f"{JOBS}:api-key:{key_id}"


def api_keys_version() -> str:
    """INTEGER: how often API keys were changed, by which processes notice it. Stays: 0 means that no key is needed."""
    return f"{JOBS}:api-keys:version"
