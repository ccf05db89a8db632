"""The examination: every check, one after the other. A new check: its function, its name in CHECKS, its test."""

from ops.doctor import archive, certificates, clocks, disks, limits, programs, redis_keys, servers
from ops.doctor.sight import Sight
from tasks_app.configuration import Settings
from tasks_app.doctor import Check, Report, work
from tasks_app.doctor import examine as examined

CHECKS: tuple[Check[Sight], ...] = (
    servers.reachable,
    servers.kind,
    servers.version,
    servers.persistence,
    servers.writes,
    servers.eviction,
    servers.memory,
    certificates.expiry,
    disks.here,
    disks.of_servers,
    clocks.this_machine,
    clocks.workers,
    programs.layout_of_data,
    programs.other_releases,
    *work.CHECKS,
    limits.debts,
    archive.folder,
    archive.rounds,
    redis_keys.without_time_to_live,
)


def examine(settings: Settings) -> Report:
    """Look at everything. Raises nothing: a server that is away is a finding, too."""
    with Sight(settings) as sight:
        return examined(sight, CHECKS)
