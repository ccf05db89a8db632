"""What a theatre's worker does, for the pictures of the documents."""

from typing import Any

from usher import ActiveJob, Failed, handler


@handler("print_ticket")
def print_ticket(job: ActiveJob) -> Any:
    """Prints, unless the printer at its door has no paper."""
    if job.data.get("door") == "north":
        return Failed("The printer at the north door has no paper", code="no_paper")
    return {"printed": 1}


@handler("resize_poster")
def resize_poster(job: ActiveJob) -> Any:
    """Resizes, unless there is nothing to resize."""
    if not job.data.get("bytes"):
        return Failed("The poster is an empty file", code="empty_file")
    return {"width": 1200}
