"""Checks of the two servers: do they answer, are they of a kind that loses nothing, have they room?"""

from collections.abc import Iterator

from ops.doctor.sight import BUNDLED, Sight
from ops.given_servers import OLDEST, STATE
from tasks_app.doctor import Finding, UnseenError

WARN_SHARE, FULL_SHARE = 0.75, 0.9  # of maxmemory; from nine tenths on, new jobs are refused (429)


def reachable(sight: Sight) -> Iterator[Finding]:
    """State and broker answer."""
    told: set[str] = set()
    for variable, server in sight.servers.items():
        try:
            sight.client(variable)
        except UnseenError:
            why = sight.away[variable]
            if why in told:  # both on one server: once is enough
                continue
            told.add(why)
            name = f"{BUNDLED} is expected at" if sight.is_bundled and variable == STATE else f"{variable} is"
            start = "Start Usher (`usher up`)" if sight.is_bundled and variable == STATE else "Start it"
            remedy = f"{start}, or correct the variable; until then callers get 503, or their jobs wait."
            yield Finding("error", f"{name} {server.shown}, {why}.", remedy)


def kind(sight: Sight) -> Iterator[Finding]:
    """They take changes: no replicas, no Sentinels."""
    for node in sight.each_server():
        if node.info("server").get("redis_mode") == "sentinel":
            yield Finding("error", f"{node.name} is a Sentinel.", "Name the server that it watches.")
        elif node.info("replication").get("role") in ("slave", "replica"):
            what = f"{node.name} is a replica and takes no changes."
            yield Finding("error", what, "Name its primary; after a failover, make it one (REPLICAOF NO ONE).")


def version(sight: Sight) -> Iterator[Finding]:
    """The state's scripts need a version."""
    for node in sight.nodes():
        found = str(node.info("server").get("redis_version", ""))
        major = found.partition(".")[0]
        if major.isdecimal() and int(major) < OLDEST:
            yield Finding("error", f"{node.name} is of version {found}.", f"Usher needs {OLDEST} or newer: upgrade it.")


def persistence(sight: Sight) -> Iterator[Finding]:
    """What the state has confirmed survives its restart, and it can write."""
    for node in sight.nodes():
        about = node.info("persistence")
        if about.get("aof_enabled") == 1 and about.get("aof_last_write_status", "ok") != "ok":
            yield Finding(
                "error",
                f"{node.name} could not write to its append-only file.",
                "Make room on its disk; it refuses changes until it can write.",
            )
        if about.get("aof_enabled") == 1 and about.get("aof_last_bgrewrite_status", "ok") != "ok":
            yield Finding(
                "warning",
                f"{node.name} could not rewrite its append-only file, which grows meanwhile.",
                "Look into its log; most often memory or room on the disk is missing.",
            )
        if about.get("aof_enabled") == 0:
            yield Finding(
                "error",
                f"{node.name} keeps no append-only file: what is sold and queued is lost when it ends.",
                "Set appendonly to yes.",
            )
        elif node.setting("appendfsync") != ("always" if not sight.is_bundled else sight.settings.redis_fsync):
            yield Finding(
                "warning",
                f"{node.name} has appendfsync {node.setting('appendfsync')}:"
                " a power cut loses what it confirmed a moment before.",
                "Set appendfsync to always; the group commit makes it affordable.",
            )


def writes(sight: Sight) -> Iterator[Finding]:
    """Nothing makes a server refuse changes: no snapshot that failed, no replicas that are missing."""
    for node in sight.each_server():
        about = node.info("persistence")
        stops = about.get("rdb_last_bgsave_status", "ok") != "ok" and node.setting("save") != ""
        if stops and node.setting("stop-writes-on-bgsave-error") == "yes":
            yield Finding(
                "error",
                f"{node.name} could not write its last snapshot, and refuses changes (MISCONF).",
                "Make room on its disk; after its next snapshot (BGSAVE) it takes changes again.",
            )
        wanted = int(node.setting("min-replicas-to-write"))
        there = int(node.info("replication").get("min_slaves_good_slaves", wanted))
        if there < wanted:
            yield Finding(
                "error",
                f"{node.name} has {there} of {wanted} replicas that it is to have, and refuses changes (NOREPLICAS).",
                "Bring its replicas back, or lower min-replicas-to-write.",
            )


def eviction(sight: Sight) -> Iterator[Finding]:
    """No key is thrown away for lack of memory: neither a job, nor one of Celery's messages."""
    for node in sight.each_server():
        policy = node.info("memory").get("maxmemory_policy") or node.setting("maxmemory-policy")
        if policy != "noeviction":
            yield Finding(
                "error",
                f"{node.name} has maxmemory-policy {policy}: an evicted key is a lost job or message.",
                "Set maxmemory-policy to noeviction.",
            )


def memory(sight: Sight) -> Iterator[Finding]:
    """There is a limit, and room below it."""
    for node in sight.each_server():
        about = node.info("memory")
        used, limit = int(about.get("used_memory", 0)), int(about.get("maxmemory", 0))
        if not limit:
            yield Finding(
                "warning",
                f"{node.name} has no maxmemory: when the machine's memory is full, the system may kill it.",
                "Set maxmemory to what it may take, at most half of the machine's: then Usher refuses jobs in time.",
            )
        elif used >= WARN_SHARE * limit:
            is_full = used >= FULL_SHARE * limit
            now = "new jobs are answered 429" if is_full else f"at {FULL_SHARE:.0%} new jobs will be answered 429"
            yield Finding(
                "error" if is_full else "warning",
                f"{node.name} uses {used / limit:.0%} of its {limit / 2**20:.0f} MiB; {now}.",
                "Give it more memory, or keep finished jobs for a shorter time (USHER_KEEP_COMPLETE_SECONDS,"
                " USHER_KEEP_COUNT).",
            )
