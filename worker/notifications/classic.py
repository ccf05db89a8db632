"""Handlers of the course's notification jobs: they print what they would send. Job data: {"phoneNumber", "message"}."""

from tasks_app.classic import BLACKLIST, PUSH_CODE, PUSH_CODE_2, PUSH_CODE_3
from tasks_app.errors import PermanentError
from tasks_app.text import one_line
from worker.jobs import ActiveJob, handler


@handler(PUSH_CODE)
def send(job: ActiveJob) -> None:
    """Print the line."""
    line = f"Sending notification to {job.data['phoneNumber']}, with message: {job.data['message']}"
    print(f"{one_line(line)}\n", end="", flush=True)  # in one write: others print at the same time


@handler(PUSH_CODE_2)
@handler(PUSH_CODE_3)
def send_unless_blacklisted(job: ActiveJob) -> None:
    """Print the line, with progress before and after the check of the blacklist. Raises PermanentError."""
    phone = job.data["phoneNumber"]
    job.progress(0, 100)
    if str(phone) in BLACKLIST:
        raise PermanentError(f"Phone number {phone} is blacklisted")
    job.progress(50, 100)
    send(job)
