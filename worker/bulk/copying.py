"""Copying: complete jobs are replayed as copies, each once, however often that is begun."""

from collections.abc import Sequence
from dataclasses import replace

from tasks_app.errors import IllegalTransitionError, NotUniqueError, TooManyTypesError
from tasks_app.jobs import Edits, Job, NewJob, State, copy_of, messages
from tasks_app.text import JsonObject
from tasks_app.usher import Usher

KNOWN_BY = "bulk"  # the fingerprint of the copies: those that were taken in before are known by it


def copy_all(usher: Usher, bulk_id: str, asked_ms: int, ids: Sequence[str]) -> JsonObject:
    """
    Submit a copy of each of these complete jobs; returns what became of them, as the script takes it. The id of a copy
    follows from the operation and the job, so a copy that was taken in before is known. Raises QueueFullError,
    StateUnavailableError: then some may be taken in already.
    """
    done, skipped, failed = 0, dict[str, list[str]](), dict[str, list[str]]()
    found = {job.id: job for job in usher.jobs.read_many(ids)}
    copies: list[tuple[str, NewJob]] = []
    for job_id in ids:
        job = found.get(job_id)
        if job is None:
            skipped.setdefault("gone", []).append(job_id)
        elif _is_meant(job, asked_ms):
            try:
                copies.append((job_id, _copy(usher, bulk_id, job)))
            except IllegalTransitionError:
                skipped.setdefault("not_possible", []).append(job_id)
    try:
        usher.intake.submit([copy for _, copy in copies])
        return {"done": len(copies), "skipped": skipped, "failed": failed}
    except (NotUniqueError, TooManyTypesError, ValueError):  # one of them is refused, and so all are
        pass
    for job_id, copy in copies:
        try:
            usher.intake.submit([copy])
            done += 1
        except NotUniqueError as error:
            skipped.setdefault(error.code, []).append(job_id)
        except TooManyTypesError as error:
            failed.setdefault(error.code, []).append(job_id)
        except ValueError:  # as when limits were lowered meanwhile
            failed.setdefault("invalid_request", []).append(job_id)
    return {"done": done, "skipped": skipped, "failed": failed}


def _is_meant(job: Job, asked_ms: int) -> bool:
    is_old = job.created_ms <= asked_ms and (job.finished_ms or 0) <= asked_ms
    return is_old and job.state is State.COMPLETE and job.type != messages.BULK_OPERATION


def _copy(usher: Usher, bulk_id: str, job: Job) -> NewJob:
    made = usher.identity.beside(job.id, usher.identity.derived_id(bulk_id, job.id))
    return replace(copy_of(job, made, Edits()), fingerprint=KNOWN_BY)
