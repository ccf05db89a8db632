"""Part 10: `create_push_notifications_jobs` gets no list.

All its jobs are saved with one write, so either all of them are recorded or none. A mistake of the caller is an
exception, raised before anything is sent; that a job failed is no exception, but an event.
"""

from usher import create_queue
from usher.course import create_push_notifications_jobs

if __name__ == "__main__":
    try:
        create_push_notifications_jobs({"phoneNumber": "4153518780"}, create_queue())  # type: ignore[arg-type]
    except TypeError as error:
        print(error)
