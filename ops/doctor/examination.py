"""The examination: every check, one after the other. A new check: its function, its name in CHECKS, its test."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import redis

from ops.doctor import certificates, clocks, disks, programs, redis_keys, servers, work
from ops.doctor.findings import Finding, Report, UnseenError
from ops.doctor.sight import Sight
from tasks_app.configuration import Settings
from tasks_app.errors import UsherError

Check = Callable[[Sight], Iterator[Finding]]

# A check yields what is wrong, and raises UnseenError at what it cannot look at; what it yielded before counts.
CHECKS: tuple[Check, ...] = (
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
    work.unconsumed_queues,
    work.types_without_worker,
    work.overdue_jobs,
    work.waiting_jobs,
    work.unreadable_messages,
    redis_keys.without_time_to_live,
)


def examine(settings: Settings) -> Report:
    """Look at everything. Raises nothing: a server that is away is a finding, too."""
    report = Report()
    with Sight(settings) as sight:
        for check in CHECKS:
            name = f"{check.__module__.rpartition('.')[2]}.{check.__name__}"
            try:
                for finding in check(sight):
                    what = finding.what[:1].upper() + finding.what[1:]
                    report.findings.append(replace(finding, check=name, what=what))
            except UnseenError as error:
                report.unseen.append((name, str(error)))
            except (UsherError, redis.RedisError, OSError) as error:  # it went away meanwhile, or forbids a command
                report.unseen.append((name, f"{type(error).__name__}: {error}"))
            else:
                report.looked_at.append(name)
    return report
