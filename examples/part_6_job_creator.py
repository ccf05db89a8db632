"""Part 6 of the course: creates one notification job, and tells how it ended."""

from tasks_app.classic import PUSH_CODE
from tasks_app.queue import create_queue

with create_queue() as queue:
    job = queue.create(PUSH_CODE, {"phoneNumber": "4153518780", "message": "This is the code to verify your account"})
    job.on("created", lambda: print(f"Notification job created: {job.id}", flush=True))
    job.on("complete", lambda _: print("Notification job completed", flush=True))
    job.on("failed", lambda _: print("Notification job failed", flush=True))
    job.save()
    queue.wait()
