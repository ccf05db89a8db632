"""Part 10: creates jobs with `create_push_notifications_jobs`, and waits until all are over.

The jobs of one call are a batch: Usher counts them together, and its API can pause, cancel or replay them as one.
"""

from examples.endings import sentences
from usher import create_queue
from usher.course import create_push_notifications_jobs

JOBS = [
    {"phoneNumber": "4153518780", "message": "This is the code 1234 to verify your account"},
    {"phoneNumber": "4153518743", "message": "This is the code 4321 to verify your account"},
]

if __name__ == "__main__":
    with sentences(), create_queue() as queue:
        create_push_notifications_jobs(JOBS, queue)
        queue.wait()
