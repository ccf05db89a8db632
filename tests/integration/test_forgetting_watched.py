"""Whoever follows a ledger or the events while a customer is forgotten misses nothing and hears nothing twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from tasks_app.events import EventReader
from tasks_app.state import inventory_keys, keys
from tests.integration.both_ways import BothWays
from tests.integration.forgetting_kit import few_at_once, forget, reserve, sell
from tests.inventory_kit import SHOW
from worker.customers.rewriting import Rewriting


@pytest.fixture
def sale(both: BothWays) -> BothWays:
    return sell(both)


def waits(state: redis.Redis) -> bool:
    return any(client["cmd"] == "xread" for client in state.client_list())


def test_a_reader_that_waits_at_the_end_gets_what_comes_next(
    sale: BothWays, state: redis.Redis, eventually: Callable[..., None]
) -> None:
    # Given a reader that has read a ledger and the events to their ends, and waits
    reader, streams = EventReader(state, state), (inventory_keys.inventory(SHOW, "log"), keys.events())
    places = {stream: reader.last_id(stream) for stream in streams}
    with ThreadPoolExecutor() as pool:
        coming = pool.submit(lambda: list(reader.read({streams[0]: places[streams[0]]}, block_ms=30_000)))
        eventually(lambda: waits(state))

        # When a customer is forgotten, and then somebody else reserves
        forget(sale)
        assert not coming.done()
        reserve(sale, ("next", SHOW, "dan"))

        # Then it gets this and nothing else
        (entry,) = coming.result(30)
    assert (entry.fields["event"], entry.fields["id"]) == ("held", "next")


def test_who_comes_back_later_has_missed_nothing(sale: BothWays, state: redis.Redis) -> None:
    reader, stream = EventReader(state, state), keys.events()
    ids = [entry.id for entry in reader.entries_from(stream, "-", 1_000)]
    info = state.xinfo_stream(stream)
    forget(sale)
    assert [entry.id for entry in reader.entries_from(stream, "-", 1_000)][: len(ids)] == ids
    assert not reader.trimmed(stream, ids[0])
    assert state.xinfo_stream(stream)["entries-added"] >= info["entries-added"]


def test_events_that_are_trimmed_meanwhile_do_not_come_back(sale: BothWays, state: redis.Redis) -> None:
    # Given a clock that forgets old events while they are copied
    ids = [entry_id for entry_id, _ in state.xrange(keys.events())]

    class Trimmed(Rewriting):
        def _run(self, script: Any, key: str, arguments: Any) -> Any:
            done = super()._run(script, key, arguments)
            if key == keys.events() and script is self._events:
                state.xtrim(keys.events(), minid=ids[3], approximate=False)
            return done

    few_at_once(sale, Trimmed)

    # When a customer is forgotten, then what was trimmed stays away, and readers can tell
    forget(sale)
    assert state.xrange(keys.events(), count=1)[0][0] == ids[3]
    assert EventReader(state, state).trimmed(keys.events(), ids[0])
