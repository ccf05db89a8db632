"""
Brings data of an older layout to this release's, at the start of every program. May be killed anywhere and repeated.

A step brings layout n to n + 1: a generator in steps.py that changes the data part by part, and yields how many things
each part changed. To add a step:

1. Write it at the end of STEPS, with its scripts in lua/layout/, and raise LAYOUT in tasks_app/state/layout.py.
2. Write names and numbers out, and import nothing that says how things are stored now: a step must never change.
3. Each part goes through `ground.run`, which refuses it once another process has taken over; takes some hundred things
   at most, from `ground.keys` or a range of an index; and leaves alone things that have the new layout already.
4. Test it with tests/integration/migrating.py: write the old form as commands; `migrated` runs the step whole, cut
   short after each of its parts, and twice. Then let today's code read the result.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast
from uuid import uuid4

import redis

from tasks_app.configuration import Settings
from tasks_app.errors import LayoutError
from tasks_app.migration.ground import Ground, LostLockError
from tasks_app.migration.steps import STEPS
from tasks_app.notifications import Channels, Recipients
from tasks_app.state import ClusterClient, connections, keys, layout
from tasks_app.text import listed

CLUSTERED = 2  # the first layout whose scripts each touch one hash slot; the scripts of later steps must, too
OTHERS_SECONDS = 10.0  # how long a start waits for programs of an older layout to end, when all are restarted
LOOK_SECONDS = 0.2
TOLD_SECONDS = 5.0

Say = Callable[[str], None]
Step = Callable[[Ground], Iterator[int]]


def enter(settings: Settings, say: Say, wanted: Callable[[], bool] = lambda: True) -> None:
    """
    Make sure that the state of these settings has this release's layout, before anything else is done with it; every
    program calls this at its start. Ends early once it is not `wanted` any more.

    Raises LayoutError if that is impossible; its text says what to do. Raises StateUnavailableError.
    """
    recipients = Recipients(Channels(settings), settings)
    with connections.translated(), connections.connect(settings.redis_url, 5.0) as client:
        Migration(client, recipients, say, STEPS, wanted).bring_up()


class Migration:
    """
    The migration of one server's data, with these steps. `recipients` tells whom its lists name; `say` gets sentences
    about its progress. It waits `others_seconds` for programs of an older layout to end.
    """

    def __init__(
        self,
        client: redis.Redis,
        recipients: Recipients,
        say: Say,
        steps: Sequence[Step] = STEPS,
        wanted: Callable[[], bool] = lambda: True,
        others_seconds: float = OTHERS_SECONDS,
    ) -> None:
        self._client, self._recipients = client, recipients
        self._is_cluster = isinstance(client, ClusterClient)
        self._steps = steps
        self._target = len(steps)
        self._wanted = wanted
        self._say = say
        self._others_seconds = others_seconds
        self._said: set[str] = set()

    def bring_up(self) -> None:
        """Return once the data have the last layout. Raises LayoutError, redis.RedisError."""
        deadline = time.monotonic() + self._others_seconds
        while self._wanted():
            version, to = self._read()
            signs = layout.SIGNS_OF_CLUSTER if self._is_cluster else layout.SIGNS
            if version is None and to is None and layout.initialise(self._client.execute_command, self._target, signs):
                return
            if not (fault := layout.fault_of(version, to, self._target)):
                return
            if max(version or 0, to or 0) > self._target:
                raise LayoutError(fault)
            if self._is_cluster and (version or 0) < CLUSTERED:
                raise LayoutError(
                    f"The data on the cluster are of layout {version or 0}, which was never for clusters: have this"
                    " release bring them up on one server first, then move them to the cluster."
                )
            if others := older_programs(self._client, self._target, version is None):
                if time.monotonic() > deadline:
                    raise LayoutError(
                        f"The data are of layout {version or 0}, this release needs {self._target}, and programs of an"
                        f" older release still work on them: {listed(others)}; stop these first."
                    )
                self._say_once(f"waiting for programs of an older release to end: {listed(others)}")
            elif self._migrate(version, to):
                return
            else:
                self._say_once("another process brings the data up; waiting for it")
            time.sleep(LOOK_SECONDS)

    def _migrate(self, version: int | None, to: int | None) -> bool:
        """Take all missing steps. False = look again: another process is or was migrating, or an old program came."""
        ground = Ground(self._client, uuid4().hex, self._recipients)
        if not ground.take():
            return False
        try:
            # From here on no older program is let in. The next line finds one that came since the last look.
            if not ground.run("declare", self._target):
                return False
            if older_programs(self._client, self._target, version is None):
                if to is None:
                    ground.run("withdraw")
                return False
            started = time.monotonic()
            for number in range(self._read()[0] or 0, self._target):
                self._say(f"bringing the data from layout {number} to {number + 1}")
                if not self._take_step(number, ground):
                    return True
                ground.run("end", number + 1, int(number + 1 == self._target))
            self._say(f"the data are of layout {self._target} now, after {time.monotonic() - started:.1f} s")
            return True
        except LostLockError:
            return False
        finally:
            with contextlib.suppress(LostLockError, redis.RedisError):  # the lock expires by itself
                ground.run("release")

    def _take_step(self, number: int, ground: Ground) -> bool:
        """Run a step to its end; False if it is not wanted any more."""
        try:
            return self._take_parts(self._steps[number](ground))
        except (LostLockError, redis.ConnectionError, redis.TimeoutError):
            raise
        except Exception as error:  # data that no release wrote: tell the user, and lose nothing
            if isinstance(error, redis.ResponseError) and connections.is_not_now(error):
                raise
            raise LayoutError(
                f"The data cannot be brought from layout {number} to {number + 1}: {type(error).__name__}: {error}."
                " Nothing is lost: the next start tries again, and the release before goes on with a snapshot."
            ) from error

    def _take_parts(self, parts: Iterator[int]) -> bool:
        changed, told = 0, time.monotonic()
        for count in parts:
            changed += count
            if not self._wanted():
                return False
            if time.monotonic() - told > TOLD_SECONDS:
                told = time.monotonic()
                self._say(f"{changed} changed so far")
        return True

    def _read(self) -> tuple[int | None, int | None]:
        version, to = cast(list[str | None], self._client.hmget(keys.layout(), ["version", "to"]))
        return (None if version is None else int(version), None if to is None else int(to))

    def _say_once(self, why: str) -> None:
        if why not in self._said:
            self._said.add(why)
            self._say(why)


def older_programs(client: redis.Redis, target: int, unmarked: bool) -> list[str]:
    """
    The programs that are connected to this database or cluster and know an older layout, in words. `unmarked`: also
    connections that name redis-py as their library and have no name, like those of releases before layouts; redis-cli
    and our programs are not such.
    """
    found: set[str] = set()
    for server in connections.each_server(client):
        try:
            rows, own = server.client_list(), str(server.client_id())
        except redis.ResponseError:  # a provider may forbid the command, see docs/operations.md
            continue
        database = next((row["db"] for row in rows if row["id"] == own), None)
        found.update(_older(row, target, unmarked) for row in rows if row["db"] == database)
    return sorted(found - {""})


def _older(row: Mapping[str, str], target: int, unmarked: bool) -> str:
    mark, _, rest = row.get("name", "").partition(":")
    known, _, program = rest.partition(":")
    if mark == layout.MARK and known.isdecimal() and int(known) < target:
        return program
    is_unnamed = unmarked and not row.get("name") and row.get("lib-name", "").startswith("redis-py")
    return f"the one connected from {row['addr']}" if is_unnamed else ""
