"""A worker or the web process is killed, or a message is lost: every promised job is done nevertheless."""

from contextlib import ExitStack

from tests.deadlines import until
from tests.system.client import at_once
from tests.system.load import Load
from tests.system.nodes import WorkerNode
from tests.system.usher import Usher


def test_another_worker_does_the_job_of_one_that_was_killed(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode
) -> None:
    # Given a job in the middle of its handler
    workers = {worker.hostname(): worker for worker in (celery_worker, second_worker)}
    job_id = usher.submit("linger")
    until(lambda: usher.marks(job_id) == ["begun"], 20, lambda: "no worker began")
    first = usher.job(job_id)["worker"]

    # When its worker is killed
    workers[first].kill("SIGKILL")

    # Then the other one starts it again once the lease is over, and the first start does not count as an attempt
    until(lambda: usher.marks(job_id) == ["begun", "begun"], 30, lambda: f"{usher.job(job_id)}")
    usher.let_go(job_id)
    job = usher.finished(job_id)
    assert (job["state"], job["result"], job["stalls"]) == ("complete", "let go", 1)
    assert job["worker"] in workers.keys() - {first}
    assert job["attempts_made"] == 1
    assert usher.marks(job_id) == ["begun", "begun", "done"]


def test_a_job_whose_message_is_lost_is_still_done(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode, seller: WorkerNode
) -> None:
    # Given jobs that are promised, while no worker runs
    path = usher.show("forgotten", seats=10)
    for worker in (celery_worker, second_worker, seller):
        worker.kill("SIGKILL")
    ids = [usher.reserve(path).json()["id"] for _ in range(5)]
    note = usher.submit("note")
    with usher.broker.server.client(1) as broker:
        until(lambda: any(key.startswith("reservations") for key in broker.scan_iter()), 10, lambda: "no message")

        # When the broker forgets everything
        broker.flushdb()

    # Then they are done nevertheless once there are workers
    for worker in (celery_worker, seller):
        worker.restart()
    assert [usher.outcome(reservation) for reservation in ids] == ["held"] * 5
    assert usher.finished(note)["state"] == "complete"
    assert usher.marks(note) == ["done"]
    usher.assert_true_numbers("forgotten")


def test_nothing_waits_for_a_seller_that_was_killed(usher: Usher, seller: WorkerNode) -> None:
    # Given load on one show, and its only seller
    path = usher.show("orphaned", seats=100_000)
    with Load(usher, path) as load:
        for _ in range(3):
            load.wait_for(202, 100)

            # When it is killed in the middle, and another one starts
            seller.kill("SIGKILL")
            seller.restart()

    # Then every accepted reservation is held, once, and no killed seller ever had one in its hands
    assert load.outcomes() == {"held": len(load.ids)}
    assert sorted(usher.held("orphaned")) == sorted(load.ids.values())
    stalls = at_once(lambda reservation: usher.job(reservation)["stalls"], load.ids.values(), 16)
    assert set(stalls) == {0}
    usher.assert_true_numbers("orphaned")


def test_reservations_accepted_by_a_web_process_before_it_was_killed_are_done(usher: Usher) -> None:
    # Given load
    path = usher.show("interrupted", seats=100_000)
    with Load(usher, path) as load:
        load.wait_for(202, 50)

        # When the web process is killed, and comes back
        usher.web.kill("SIGKILL")
        load.wait_for(0, 16)
        usher.web.restart()
        load.wait_for(202, 100)

    # Then every accepted reservation is held, and each that was requested again only once
    assert load.outcomes() == {"held": len(load.ids)}
    assert sorted(usher.held("interrupted")) == sorted(load.ids.values())
    usher.assert_true_numbers("interrupted")


def test_the_web_process_ends_its_streams_when_it_is_told_to_end(usher: Usher) -> None:
    # Given many watchers, and a request that is on its way
    usher.show("watched", seats=1)
    job_id = usher.submit("linger")
    topics = ["show:watched", f"job:{job_id}", "type:linger", "product:1"] * 5
    with ExitStack() as open_ones:
        listeners = [open_ones.enter_context(usher.listen(topic)) for topic in topics]
        until(lambda: all(listener.events for listener in listeners), 20, lambda: "a listener heard nothing")

        # When the process is told to end
        usher.web.kill("SIGTERM")

        # Then it does, and every stream ends in order instead of breaking off
        assert usher.web.container.wait(10) == 0
        ended = at_once(lambda listener: listener.ended.wait(5), listeners, len(listeners))
        assert ended == [True] * len(listeners)
    usher.let_go(job_id)
