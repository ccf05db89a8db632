"""How an examination goes: one check after the other, and none stops the others."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import redis

from tasks_app.configuration import Settings
from tasks_app.doctor.findings import Finding, Report, UnseenError
from tasks_app.errors import UsherError
from tasks_app.jobs import JobQueries, SlotQueries


class Sight(Protocol):
    """How a check of the work looks at the servers. Only reads. Each property may raise UnseenError."""

    @property
    def settings(self) -> Settings: ...
    @property
    def state(self) -> redis.Redis: ...
    @property
    def broker(self) -> redis.Redis: ...
    @property
    def jobs(self) -> JobQueries: ...
    @property
    def slots(self) -> SlotQueries: ...

    def now_ms(self) -> int:
        """The state's time, unix ms."""


S = TypeVar("S", bound=Sight)
# A check yields what is wrong, and raises UnseenError at what it cannot look at; what it yielded before counts.
Check = Callable[[S], Iterator[Finding]]


def examine(sight: S, checks: Sequence[Check[S]], seconds: float = float("inf")) -> Report:
    """
    Make all checks, of which none begins after so many seconds. Raises nothing: a server that is away is a finding,
    too.
    """
    report = Report()
    until = time.monotonic() + seconds
    for check in checks:
        name = f"{check.__module__.rpartition('.')[2]}.{check.__name__}"
        try:
            if time.monotonic() > until:
                raise UnseenError(f"there was no time left after {seconds:g} s.")
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
