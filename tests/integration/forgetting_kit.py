"""What the tests of forgetting share: sales of a customer with a difficult name, and a search for its traces."""

import json
from typing import Any

import redis

from tasks_app.jobs import Job, NewJob
from tasks_app.state import keys
from tests.integration.both_ways import BothWays
from tests.integration.reserving_scenarios import about, floor
from tests.inventory_kit import SHOW
from tests.jobs import read
from worker.customers import forgetting
from worker.customers.rewriting import Rewriting

ADA = 'Ada "/\u00e9\U0001f3ad" <ada@example.org>'  # each of these characters is written in its own way
OTHER = "show:2"  # at most five units for a customer
METADATA = {ADA: {"order": "4711", "email": "ada@example.org"}}


def reserve(both: BothWays, *wishes: tuple[str, str, str]) -> None:
    """Hold a unit: (id, show, customer) each."""
    both.submit(
        [
            about("reserve_seat", name, target, data=floor(1, customer=whose), metadata=METADATA.get(whose, {}))
            for name, target, whose in wishes
        ]
    )
    both.work()


def few_at_once(both: BothWays, kind: type[Rewriting]) -> None:
    """Workers use such scripts, which copy a few entries at a time."""
    both.usher.give(forgetting._rewriting, kind(both.state, entries_at_once=2, events_at_once=3))


def sell(both: BothWays) -> BothWays:
    """
    Sales and holds that are over, of Ada and of others, in two shows, with all that belongs to them. The scripts copy a
    few entries at a time.
    """
    both.lay_out(decides=True)
    few_at_once(both, Rewriting)
    reserve(both, ("a", SHOW, ADA), ("b", SHOW, "bob"), ("c", SHOW, ADA), ("d", SHOW, "cleo"))
    reserve(both, ("e", OTHER, ADA), ("f", OTHER, ADA), ("g", OTHER, "bob"), ("h", OTHER, ADA))
    both.submit([about("extend", "longer", data={"reservation": "a", "seconds": 0.2})])
    both.work(["extend"])
    sold = (("a", SHOW), ("e", OTHER), ("g", OTHER))
    both.submit([about("confirm", f"confirm-{name}", target, data={"reservation": name}) for name, target in sold])
    both.submit([about("release", "release-c", data={"reservation": "c"})])
    both.work()
    told = {"event": "logged", "job": "a", "type": "reserve_seat", "batch": "", "data": '{"line":"a seat for Ada"}'}
    both.state.xadd(keys.events(), told)
    both.advance(1_000)
    for target in (SHOW, OTHER):
        both.inventory.expire(target, 100)
    return both


def forget(both: BothWays, name: str = ADA, job_id: str = "forget") -> Job:
    """Forget a customer as a worker does; what became of the job."""
    both.usher.forgettings.ask(job_id, name)
    data = {"customer": both.usher.pseudonyms.of(name)}
    both.submit([NewJob("forget_customer", data, job_id, attempts=9)])
    both.work(["forget_customer"])
    return read(both.state, job_id)


def everything(state: redis.Redis) -> str:
    """All that is stored, as one text."""
    found = []
    for key in sorted(state.scan_iter("*")):
        kind = state.type(key)
        match kind:
            case "hash":
                value: Any = state.hgetall(key)
            case "set":
                value = sorted(state.smembers(key))
            case "zset":
                value = state.zrange(key, 0, -1, withscores=True)
            case "list":
                value = state.lrange(key, 0, -1)
            case "stream":
                value = state.xrange(key)
            case _:
                value = state.get(key)
        found.append(f"{key} {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(found)


def traces(state: redis.Redis) -> list[str]:
    """The lines with a part of Ada's name or address, however it is written."""
    return [line for line in everything(state).splitlines() if "ada@" in line or "Ada" in line]
