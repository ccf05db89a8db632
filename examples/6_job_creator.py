"""Part 6: creates one notification job, and reports how it ended.

A job is recorded in Redis before `save` returns; which worker does it, and when, does not concern this program. Its
progress and its end arrive as events, even if a worker took it before the next line here ran.
"""

from examples.endings import sentences
from usher import create_queue
from usher.course import PUSH_CODE

JOB = {"phoneNumber": "4153518780", "message": "This is the code to verify your account"}

if __name__ == "__main__":
    with sentences(), create_queue() as queue:
        job = queue.create(PUSH_CODE, JOB)
        job.on("created", lambda: print(f"Notification job created: {job.id}", flush=True))
        job.on("complete", lambda _: print("Notification job completed", flush=True))
        job.on("failed", lambda _: print("Notification job failed", flush=True))
        job.save()
        queue.wait()
