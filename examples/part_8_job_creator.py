"""Part 8 of the course: creates eleven notification jobs, and tells how far each is and how it ended."""

from tasks_app.classic import PUSH_CODE_2
from tasks_app.push_notifications import print_story
from tasks_app.queue import create_queue

JOBS = [
    {"phoneNumber": phone, "message": f"This is the code {code} to verify your account"}
    for phone, code in [
        ("4153518780", 1234),
        ("4153518781", 4562),
        ("4153518743", 4321),
        ("4153538781", 4562),
        ("4153118782", 4321),
        ("4153718781", 4562),
        ("4159518782", 4321),
        ("4158718781", 4562),
        ("4153818782", 4321),
        ("4154318781", 4562),
        ("4151218782", 4321),
    ]
]

with create_queue() as queue:
    for data in JOBS:
        print_story(queue.create(PUSH_CODE_2, data)).save()
    queue.wait()
