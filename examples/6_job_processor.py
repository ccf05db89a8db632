"""Part 7: does the jobs of part 6, which is to print what it would send. Ctrl-C ends it.

While a processor runs, Usher's workers leave its type to it. It takes jobs under a lease: if it were killed in the
middle, the lease would end and another program would do the job, so no job depends on one program.
"""

from examples.endings import sentences
from usher import ActiveJob, process
from usher.course import PUSH_CODE


def send_notification(job: ActiveJob) -> None:
    """Print the line."""
    phone, message = job.data["phoneNumber"], job.data["message"]
    print(f"Sending notification to {phone}, with message: {message}", flush=True)


if __name__ == "__main__":
    with sentences():
        process(PUSH_CODE, 1, send_notification)
