"""Part 8: creates eleven notification jobs, and reports how far each is and how it ended.

Progress is part of the job's record and also an event, so a program may follow it live and others may look it up. An
error is data, too: the line of a failed job says why.
"""

from examples.endings import sentences
from usher import create_queue
from usher.course import PUSH_CODE_2, print_story

CODES = [
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

if __name__ == "__main__":
    with sentences(), create_queue() as queue:
        for phone, code in CODES:
            data = {"phoneNumber": phone, "message": f"This is the code {code} to verify your account"}
            print_story(queue.create(PUSH_CODE_2, data)).save()
        queue.wait()
