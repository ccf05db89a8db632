"""Keys: the keys of a type take turns, whatever their backlogs; nothing is lost by it, and no order within a key."""

from tasks_app.state import keys
from tests.integration.claims import complete, left_behind, of, read_key
from tests.jobs import TYPE, assert_consistent, new, options, read, take_in
from worker.jobs.job_store import JobStore, Settlement, Slot


def claimed(store, most=1):
    """Claim so many jobs, in one turn; returns whose they are and which of theirs."""
    return [(read_key(store, claim.id), claim.data["n"]) for claim in store.claim(TYPE, "worker@test", most)]


def test_keys_take_turns_and_each_keeps_its_order(state, store):
    take_in(state, *of("ada", 4), *of("bob", 2), *of("cy", 1))
    assert claimed(store, 7) == [
        *[("ada", 0), ("bob", 0), ("cy", 0)],
        *[("ada", 1), ("bob", 1)],
        *[("ada", 2), ("ada", 3)],
    ]
    assert_consistent(state)


def test_turns_are_the_same_whether_one_is_claimed_at_a_time_or_many(state, store):
    take_in(state, *of("ada", 6), *of("bob", 3))
    one_by_one = [claimed(store)[0] for _ in range(4)]
    assert one_by_one + claimed(store, 5) == [
        *[("ada", 0), ("bob", 0), ("ada", 1), ("bob", 1), ("ada", 2), ("bob", 2)],
        *[("ada", 3), ("ada", 4), ("ada", 5)],
    ]


def test_the_backlog_of_one_key_delays_the_first_job_of_another_by_one_turn(state, store):
    take_in(state, *of("ada", 2_000))
    store.claim(TYPE, "worker@test", 100)
    take_in(state, *of("bob"))
    assert ("bob", 0) in claimed(store, 2)


def test_a_job_without_a_key_stands_by_its_arrival_among_the_turns_of_keys(state, store):
    take_in(state, *of("ada", 3))
    take_in(state, new(data={"n": 9}))
    take_in(state, *of("bob", 1))
    assert claimed(store, 5) == [("ada", 0), ("", 9), ("bob", 0), ("ada", 1), ("ada", 2)]


def test_more_urgent_jobs_go_first_whatever_their_key(state, store):
    take_in(state, *of("ada", 2), *of("bob", 2, priority=-10))
    take_in(state, *of("ada", 1, priority=-15))
    assert [key for key, _ in claimed(store, 5)] == ["ada", "bob", "bob", "ada", "ada"]


def test_a_new_priority_moves_a_job_within_its_key(state, store, usher):
    first, second = of("ada", 2)
    take_in(state, first, second, *of("bob", 1))
    usher.controls.prioritise(second.id, -15)
    assert claimed(store, 3) == [("ada", 1), ("bob", 0), ("ada", 0)]


def test_a_job_that_is_given_back_is_its_keys_turn_again(state, store):
    take_in(state, *of("ada", 2), *of("bob", 2))
    claims = store.claim(TYPE, "worker@test", 2)
    store.settle([Settlement(claim, "returned", claim.place) for claim in reversed(claims)])
    assert claimed(store, 4) == [("ada", 0), ("bob", 0), ("ada", 1), ("bob", 1)]


def test_a_job_that_is_given_back_goes_before_keys_that_came_up_meanwhile(state, store):
    take_in(state, *of("ada", 2), *of("bob", 2))
    (claim,) = store.claim(TYPE, "worker@test", 1)
    store.settle([Settlement(claim, "returned", claim.place)])
    assert claimed(store, 2) == [("ada", 0), ("bob", 0)]


def test_jobs_held_back_and_jobs_with_a_key_hide_no_other_job(state, store, usher):
    usher.controls.pause("batch:b")
    take_in(state, *of("ada", 1), new(batch="b"), new(batch="b"), *[new(data={"n": n}) for n in (7, 8)])
    assert sorted(n for _, n in claimed(store, 3)) == [0, 7, 8]


def test_a_wake_up_has_the_level_of_the_most_urgent_job_of_any_key(state, store):
    take_in(state, *of("ada", 1, priority=10))
    assert [wake.level for wake in take_in(state, *of("bob", 1, priority=-15))] == [0]


def test_cancelled_jobs_leave_nothing_of_their_key(state, store, usher):
    first, second = of("ada", 2)
    take_in(state, first, second)
    usher.controls.cancel(first.id)
    usher.controls.cancel(second.id)
    assert left_behind(state) == []
    assert_consistent(state)


def test_a_cancelled_batch_leaves_nothing_behind(state, store, usher):
    take_in(state, *of("ada", 30, batch="b"), *of("bob", 1))
    assert usher.controls.cancel_batch("b") == 30
    assert claimed(store, 9) == [("bob", 0)]
    assert [key for key in left_behind(state) if "ada" in key] == []


def test_a_job_that_comes_back_stands_where_its_arrival_puts_it_within_its_key(state, store, eventually):
    # Given a worker that dies with the first job of a key
    take_in(state, *of("ada", 2, attempts=2))
    (claim,) = JobStore(state, options(lease_seconds=0.01)).claim(TYPE, "worker@dead", 1)

    # When its lease is over, then it is the first again
    eventually(lambda: store.recover([TYPE])[0])
    claims = store.claim(TYPE, "worker@test", 2)
    assert [one.data["n"] for one in claims] == [0, 1]
    assert read(state, claim.id).stalls == 1
    complete(store, claims)
    assert left_behind(state) == []


def test_a_retry_a_delay_and_a_replay_join_the_line_of_their_key(state, store, eventually, usher):
    # Given a failed attempt, a failed job and one that is due later, all of one key
    retried, failed = of("ada", 2, attempts=2)
    take_in(state, retried, failed)
    claims = store.claim(TYPE, "worker@test", 2)
    store.settle([Settlement(claims[0], "error", "{}"), Settlement(claims[1], "permanent", '{"code":"permanent"}')])
    take_in(state, new(key="ada", delay_ms=1, data={"n": 7}))

    # When they are queued again
    eventually(lambda: store.promote([TYPE])[0] + (state.zcard(keys.key_backlog(TYPE, "ada")) == 2))
    eventually(lambda: (store.promote([TYPE]), state.zcard(keys.key_backlog(TYPE, "ada")) == 2)[1])
    usher.controls.replay(failed.id)

    # Then they stand in the backlog of the key, and none is twice anywhere
    assert sorted(n for _, n in claimed(store, 9)) == [0, 1, 7]
    assert_consistent(state)


def test_a_paused_job_does_not_stop_its_key_and_takes_its_place_later(state, store, usher):
    # Given the first job of a key in a batch that is paused
    take_in(state, *of("ada", 1, batch="b"))
    take_in(state, *of("ada", 3))
    usher.controls.pause("batch:b")
    assert claimed(store, 1) == [("ada", 0)]  # of the three

    # When the batch goes on, then its job is next, where its arrival puts it
    usher.controls.resume("batch:b")
    assert store.reinstate()[0] == 1
    waiting = [claim.batch for claim in store.claim(TYPE, "worker@test", 3)]
    assert waiting == ["b", "", ""]
    assert_consistent(state)


def test_a_paused_type_keeps_the_turns_of_its_keys(state, store, usher):
    take_in(state, *of("ada", 2), *of("bob", 1))
    usher.controls.pause(f"type:{TYPE}")
    assert claimed(store, 9) == []
    usher.controls.resume(f"type:{TYPE}")
    assert claimed(store, 9) == [("ada", 0), ("bob", 0), ("ada", 1)]


def test_nothing_remains_of_keys_once_their_jobs_are_over(state, store):
    take_in(state, *of("ada", 3), *of("bob", 2))
    while claims := store.claim(TYPE, "worker@test", 2):
        complete(store, claims)
    assert left_behind(state) == []


def test_keys_of_different_types_do_not_affect_each_other(state, store):
    take_in(state, *of("ada", 1), new(type="other", key="ada", data={"n": 5}))
    assert claimed(store, 9) == [("ada", 0)]
    assert [claim.data["n"] for claim in store.claim("other", "worker@test", 9)] == [5]


def test_keyed_jobs_wake_as_many_slots_as_jobs_without_a_key(state, store):
    store.announce("worker@test", {"jobs": 2}, [TYPE], 60)
    assert len(take_in(state, *of("ada", 50))) == 2


def test_a_key_may_be_any_text(state, store):
    for n, key in enumerate(["a:b", " ", "é" * 200, "ring", '"{}']):
        take_in(state, new(key=key, data={"n": n}))
        assert claimed(store, 9) == [(key, n)]


def test_a_turn_claims_by_keys_too(state, store):
    take_in(state, *of("ada", 3), *of("bob", 3))
    found = store.turn(Slot(TYPE, "jobs", "worker@test", 0, "token"), 4)
    assert [read(state, claim.id).key for claim in found.claims] == ["ada", "bob", "ada", "bob"]
