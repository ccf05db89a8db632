"""Notifications: their outcomes, compared with what the provider of the run took."""

from collections.abc import Iterator

from chaos.history import History, Record
from chaos.provider import TAKEN


def notified(history: History) -> Iterator[tuple[Record, Record, list[Record]]]:
    """Each notification: the request, its job as found, and the calls for it."""
    found = {look["id"]: look for look in history.of("found", what="job")}
    answers = history.by("answered", "key")
    calls = history.by("called", "to")
    for asked in history.of("asked", what="notify"):
        for job in {answer["id"] for answer in answers.get(asked["key"], [])}:
            if job in found:
                yield asked, found[job], calls.get(asked["recipient"], [])


def told_truly(history: History) -> Iterator[str]:
    """Failed although it was taken, and nothing says that it is in doubt; or sent although it was never taken."""
    for asked, job, calls in notified(history):
        taken = [call["answer"] for call in calls if call["answer"] in TAKEN]
        outcome = (job.get("result") or {}).get("outcome")
        told = f"{asked['channel']} {asked['key']}, job {job['id']},"
        if job["state"] == "failed" and taken and not job.get("in_doubt"):
            yield f"{told} was taken ({', '.join(taken)}), but has failed with {job.get('error')}, and no doubt is told"
        if job["state"] == "complete" and outcome == "sent" and not taken:
            yield f"{told} is told as sent, but the provider never took it"
        if job["state"] == "cancelled":
            yield f"{told} is cancelled, but nobody called it off"


def at_most_once(history: History) -> Iterator[str]:
    """Over Apprise, whose receivers cannot tell two copies: taken twice."""
    for asked, job, calls in notified(history):
        taken = [call["answer"] for call in calls if call["answer"] in TAKEN]
        if asked["channel"] == "apprise" and len(taken) > 1:
            yield f"{asked['key']}, job {job['id']}, was taken {len(taken)} times: {', '.join(taken)}"
