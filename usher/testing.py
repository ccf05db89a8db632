"""For the tests of users' programs: no server is needed, and nothing connects.

`create_queue().test_mode` is a `Capture`, which keeps the jobs that code under test saves:

    with create_queue().test_mode as captured:
        tell_buyers("hamlet")
        assert [job.type for job in captured.jobs] == ["mail"]

A `Simulation` also does the jobs, with the handlers that are registered, by a clock of its own:

    queue = create_queue()
    with Simulation(queue) as simulation:
        job = queue.create("resize_image", {"path": "a.png"}).save()
        simulation.run()
        assert simulation.job(job).result == {"path": "a.png.small"}

docs/jobs.md has the calls that let a worker die, hang or see a job twice.
"""

from tasks_app.queue import Capture
from worker.testing import Simulation

__all__ = ["Capture", "Simulation"]
