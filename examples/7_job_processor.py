"""Part 9: does the jobs of part 8, two at a time, but sends nothing to a blacklisted number. Ctrl-C ends it.

An exception fails the attempt, and the job is tried again if attempts are left. A number on the blacklist will not
leave it by itself, so the error is permanent: the job fails at once.
"""

from examples.endings import sentences
from usher import ActiveJob, PermanentError, process
from usher.course import BLACKLIST, PUSH_CODE_2


def send_notification(job: ActiveJob) -> None:
    """Print the line, with progress before and after the look at the blacklist. Raises PermanentError."""
    phone, message = job.data["phoneNumber"], job.data["message"]
    job.progress(0, 100)
    if str(phone) in BLACKLIST:
        raise PermanentError(f"Phone number {phone} is blacklisted")
    job.progress(50, 100)
    line = f"Sending notification to {phone}, with message: {message}\n"
    print(line, end="", flush=True)  # in one piece, since two threads print


if __name__ == "__main__":
    with sentences():
        process(PUSH_CODE_2, 2, send_notification)
