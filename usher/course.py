"""What the programs of the course use besides `usher`: its job types, its blacklist, its function that creates jobs.

from usher import create_queue
from usher.course import create_push_notifications_jobs

with create_queue() as queue:
    create_push_notifications_jobs([{"phoneNumber": "4153518780", "message": "Hello"}], queue)
    queue.wait()
"""

from tasks_app.classic import BLACKLIST, PUSH_CODE, PUSH_CODE_2, PUSH_CODE_3
from tasks_app.queue import create_push_notifications_jobs, print_story

__all__ = ["BLACKLIST", "PUSH_CODE", "PUSH_CODE_2", "PUSH_CODE_3", "create_push_notifications_jobs", "print_story"]
