"""What happens by itself: due jobs are queued, lost jobs come back, holds expire, lost wake-ups are sent again,
requests that were taken are recorded to their end.

Runs in every worker's main process, in a thread of its own. Each step is a script that takes due work atomically, so
ten processes are as correct as one; a short lock only keeps them from doing the same work.
"""

import hashlib
import logging
import os
import signal
import threading
import time
from collections.abc import Iterable, Sequence

import redis

from tasks_app.errors import LayoutError, UsherError
from tasks_app.jobs import Staging, messages
from tasks_app.state import Outage, layout, worker_keys
from tasks_app.usher import Usher
from worker.census import Census, Sampler
from worker.inventory import Agenda, Archiving, Archivist
from worker.jobs import TICK_SECONDS, JobStore, Stages
from worker.presence import Presence

log = logging.getLogger(__name__)

SHORTEST_SECONDS = 0.005  # between two looks at a rate
CANARY_SECONDS = 5.0
EXPIRED_PER_TICK = 500  # of one show or product
FORGOTTEN_PER_TICK = 200  # ledger entries of one show or product


class Maintenance:
    """The maintenance of one process. `types` are the types that its worker can do, `lanes` the queues of its slots."""

    def __init__(
        self,
        usher: Usher,
        types: Sequence[str],
        lanes: Iterable[str],
        presence: Presence | None = None,
    ) -> None:
        client, options = usher.connections.worker_state, usher.settings
        self._client = client
        self._publisher, self._depths = usher.publisher, usher.depths
        # Reservations come first: a confirm that overtakes its reservation would only have to wait.
        self._types = sorted(types, key=lambda name: (not name.startswith("reserve"), name))
        self._lanes = list(lanes)
        self._presence = presence
        self._options = options
        self._jobs = JobStore(client, options)
        self._stages = Stages(self._jobs, self._types, handled=self._types)
        self._agenda = Agenda(client, find_by=options.find_by)
        self._archive = usher.archive
        self._staging = Staging(client, options)
        self._census, self._sampler = Census(client), Sampler(client)
        # Workers that can do other types have other work in a tick, so they need another lock.
        self._tick_key = f"{worker_keys.tick()}:{hashlib.sha256(' '.join(self._types).encode()).hexdigest()[:8]}"
        self._outage = Outage(log)

    def run(self, stopped: threading.Event) -> None:
        """Tick until `stopped` is set."""
        if self._archive:
            archiving = Archiving(self._client, self._archive, find_by=self._options.find_by)
            Archivist(archiving, self._options.keep_holds_seconds * 1000, stopped).start()
        next_tick, opens, is_first = time.monotonic() + TICK_SECONDS, None, True
        while not stopped.wait(self._idle_seconds(next_tick, opens)):
            try:
                if time.monotonic() < next_tick:  # between two ticks: a rate lets jobs start
                    opens = self.wake()
                    continue
                next_tick = time.monotonic() + TICK_SECONDS
                opens = None  # in case the tick fails
                self.announce()
                if is_first:
                    self._agenda.look_at_all()
                    is_first = False
                opens = self.tick()
                self.send_canaries()
            except LayoutError as error:  # the server came back with other data
                log.critical("this worker ends: %s", error)
                os.kill(os.getpid(), signal.SIGTERM)
                return
            except (UsherError, redis.RedisError) as error:
                self._outage.tell("the clock waits: %s", error)
            except Exception:
                log.exception("a tick of the clock failed")
            else:
                self._outage.end()

    def _idle_seconds(self, next_tick: float, opens: float | None) -> float:
        """Seconds until there is something to do."""
        left = next_tick - time.monotonic()
        return max(0.0, left if opens is None else min(left, max(opens, SHORTEST_SECONDS)))

    def tick(self) -> float | None:
        """
        Do everything that is due, unless another process does it now. Returns in how many seconds a rate lets the next
        job start; None if no rate keeps a job waiting or another process takes care.
        """
        if not self._first(self._tick_key, int(TICK_SECONDS * 800)):
            return None
        self._agenda.expire(EXPIRED_PER_TICK)
        if not self._archive:  # otherwise the archivist forgets
            self._agenda.forget(self._options.keep_holds_seconds * 1000, FORGOTTEN_PER_TICK)
        filled = self._staging.fill_overdue()
        self._publisher.publish([*filled, *self._stages.run()[1]])
        opens = self.wake()
        self._census.go_on()
        self._sampler.go_on()
        return opens

    def wake(self) -> float | None:
        """Send missing wake-ups. Returns as `tick`."""
        wakes, opens = self._jobs.wake(self._types, self._depths.of(messages.QUEUES))
        self._publisher.publish(wakes)
        return opens

    def announce(self) -> None:
        """Announce this worker; not under the lock of the tick, which only one gets."""
        layout.stay(self._client)
        if self._presence:
            self._presence.announce()

    def send_canaries(self) -> None:
        """
        Prove that this worker's own queues are consumed. Not under the lock of the tick: a process that always comes
        second would never do it.
        """
        for queue in self._lanes:
            if not self._first(worker_keys.canary(queue), int(CANARY_SECONDS * 1000)):
                continue
            if not self._depths.of([queue])[queue]:  # otherwise the waiting messages will prove it, or nothing will
                self._publisher.publish_canary(queue)

    def _first(self, key: str, lasting_ms: int) -> bool:
        """
        Is this process the first in `lasting_ms`? A key expires at a moment of the server's time. If that time steps
        back, the key would stay for as long as the step, so a key with more time left than it was given counts as
        expired.
        """
        if self._client.set(key, "1", nx=True, px=lasting_ms):
            return True
        if self._client.pttl(key) <= lasting_ms:
            return False
        self._client.set(key, "1", px=lasting_ms)
        return True
