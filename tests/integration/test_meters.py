"""What processes and scripts count: added up in the state, bounded, and forgotten with its type."""

import redis

from tasks_app.jobs import State
from tasks_app.metrics import HTTP, RUN
from tasks_app.state import keys, worker_keys
from tests.inventory_kit import TimedInventory, definition, reserve
from tests.jobs import TYPE, end_long_ago, new, options, read, take_in
from tests.roots import Root
from worker.jobs.job_store import JobStore, Settlement


def test_labels_beyond_the_bound_are_other(usher: Root) -> None:
    for number in range(6_000):
        usher.meter.observe(HTTP, (f"/{number}", "GET", "200"), 0.0)
    usher.meter.flush()
    fields = usher.meters.read().fields
    assert fields["http|other|other|other|0"] == 1_000
    assert len(fields) == 2 * 5_001


def test_fields_beyond_the_bound_of_the_state_are_left_out(usher: Root, state: redis.Redis) -> None:
    # Given a state that is full of them
    state.hset(worker_keys.meters(), mapping={f"http|/{number}|GET|200|us": 1 for number in range(20_000)})

    # When a process reports another
    usher.meter.observe(HTTP, ("/more", "GET", "200"), 1.0)
    usher.meter.observe(HTTP, ("/7", "GET", "200"), 1.0)
    usher.meter.flush()

    # Then the known one counts, and the others count as left out
    fields = usher.meters.read().fields
    assert fields["http|/7|GET|200|us"] == 1_000_001
    assert fields["left_out"] == 3
    assert len(fields) == 20_001


def test_what_a_type_counted_ends_with_it(usher: Root, state: redis.Redis) -> None:
    usher.meter.observe(RUN, ("nobody's",), 1.0)
    state.sadd(keys.types(), "somebody's")
    usher.meter.observe(RUN, ("somebody's",), 1.0)
    usher.meter.flush()
    assert usher.meters.read().of_types == {"somebody's": {"run|7": 1, "run|us": 1_000_000}}
    assert not state.exists(worker_keys.meters("nobody's"))


def test_a_process_that_ended_has_nothing_open(usher: Root, state: redis.Redis) -> None:
    other = Root(state)
    for one, streams in ((usher, 3), (other, 4)):
        one.meter.show(lambda streams=streams: {"streams": streams})
        one.meter.flush()
    assert usher.meters.read().open_now["streams"] == 7
    state.hset(worker_keys.open_now(), other.meter.process, '1 {"streams":4}')  # as if it had been silent since
    assert usher.meters.read().open_now["streams"] == 3
    usher.meter.flush()
    assert state.hkeys(worker_keys.open_now()) == [usher.meter.process]


def test_scripts_count_what_happens_to_a_job_once(usher: Root, state: redis.Redis) -> None:
    # Given a job that is claimed, and given back; claimed again, and done
    take_in(state, new(id="a", data={}))
    store = JobStore(state, options())
    first = store.claim(TYPE, "worker@test")[0]
    store.settle([Settlement(first, "returned", first.place)])
    second = store.claim(TYPE, "worker@test")[0]
    assert store.settle([Settlement(second, "complete"), Settlement(first, "complete")]) == [True, False]

    # Then it came once, ended once, and was claimed twice
    counted = usher.meters.read().of_types[TYPE]
    assert (counted["submitted"], counted["complete"]) == (1, 1)
    assert sum(number for field, number in counted.items() if field.startswith("wait|") and field != "wait|us") == 2


def test_what_a_type_counted_is_forgotten_with_its_last_job_unless_a_worker_handles_it(
    usher: Root, state: redis.Redis
) -> None:
    for handled in (["other"], [TYPE]):
        take_in(state, new(id="a", data={}))
        store = JobStore(state, options())
        store.settle([Settlement(store.claim(TYPE, "worker@test")[0], "complete")])
        assert read(state, "a").state is State.COMPLETE
        end_long_ago(state, "a")
        store.forget(handled)
        assert state.exists(worker_keys.meters(TYPE)) == (handled == [TYPE])


def test_trouble_with_counting_stops_nothing(state: redis.Redis) -> None:
    # Given keys that somebody wrote over
    state.set(worker_keys.meters(), "not what was here")
    state.set(worker_keys.meters(TYPE), "not what was here")

    # When a job is taken in and claimed, and a seat is held, Then all of it works
    take_in(state, new(id="a", data={}))
    assert len(JobStore(state, options()).claim(TYPE, "worker@test")) == 1
    inventory = TimedInventory(state)
    inventory.create("show:1", definition(floor=10))
    assert reserve(inventory, "r1").status == "held"
