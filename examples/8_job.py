"""Part 10: `create_push_notifications_jobs` gets an argument that is not a list.

All its jobs are saved with one write, so either all of them are recorded or none. A mistake of the caller is an
exception, raised before anything is sent; a failed job is not an exception, but an event.
"""

from usher import create_queue
from usher.course import create_push_notifications_jobs

if __name__ == "__main__":
    try:
        create_push_notifications_jobs({"phoneNumber": "4153518780"}, create_queue())  # type: ignore[arg-type]
    except TypeError as error:
        print(error)
