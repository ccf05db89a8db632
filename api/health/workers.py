"""The workers' processes: what their slots do; quiet one for a deployment, resume it, stop it."""

from dataclasses import asdict
from typing import Annotated, Any

from flask import Response
from pydantic import Field

from api.access import caller
from api.health import worker_schemas as schemas
from api.http import OptionalBody, Parameters, answer, openapi, usher
from tasks_app.jobs import SlotState, Worker, bounds, messages
from tasks_app.usher import Usher

blueprint = openapi.blueprint("workers", "/v1/workers", "The workers' processes, and what their slots do.")

KNOWN = "worker_not_found"


class WorkerPath(Parameters):
    """A worker's process."""

    worker: Annotated[
        str,
        Field(
            min_length=1,
            max_length=255,
            description="Its `name` in the list",
            json_schema_extra={"example": "worker-4711@host"},
        ),
    ]


class SteerBody(OptionalBody):
    """Why."""

    reason: Annotated[str, Field(min_length=1, max_length=bounds.CHARACTERS.most)] | None = Field(
        None, description="Why, for those who meet it"
    )


@blueprint.get("", responses=openapi.responses({200: schemas.Workers}))
def list_workers() -> Response:
    """
    The workers' processes by name, at most 500, and what each of their slots does.

    A process that ends in order leaves the list; one that fell silent stays in it for ten minutes.
    """
    slots = usher().slots.serving(messages.QUEUES)
    workers, count = usher().workers.all()
    return answer({"workers": [as_json(one, slots) for one in workers], "count": count}, 200)


@blueprint.get("/<worker>", responses=openapi.responses({200: schemas.Worker}, KNOWN))
def get_worker(path: WorkerPath) -> Response:
    """One worker's process, and what its slots do."""
    return _answer(path.worker)


@blueprint.post("/<worker>/quiet", responses=openapi.responses({200: schemas.Worker}, KNOWN))
def quiet_worker(path: WorkerPath, body: SteerBody) -> Response:
    """
    Have a worker start no job from now on; what it does, it finishes.

    This lasts until it is resumed, or for as long as its process lives: a process that is started anew is not quiet.
    """
    usher().workers.quiet(path.worker, caller().owner, body.reason or "")
    return _answer(path.worker)


@blueprint.post("/<worker>/resume", responses=openapi.responses({200: schemas.Worker}, KNOWN, "worker_stopping"))
def resume_worker(path: WorkerPath) -> Response:
    """Let a quiet worker start jobs again."""
    usher().workers.resume(path.worker)
    return _answer(path.worker)


@blueprint.post("/<worker>/stop", responses=openapi.responses({200: schemas.Worker}, KNOWN))
def stop_worker(path: WorkerPath, body: SteerBody) -> Response:
    """
    End a worker's process: it starts no job, finishes what it does within `USHER_STOP_SECONDS`, and ends.

    Jobs that it cannot finish come back when their leases end. Whatever started the process may start a new one. This
    cannot be taken back.
    """
    usher().workers.stop(path.worker, caller().owner, body.reason or "")
    return _answer(path.worker)


def _answer(name: str) -> Response:
    found = usher().workers.of(name)
    return answer(as_json(found, usher().slots.serving(found.queues)), 200)


def as_json(worker: Worker, slots: list[SlotState]) -> dict[str, Any]:
    """A worker's JSON. `slots` may have those of others."""
    own = [one for one in slots if one.worker == worker.name]
    own = [one for one in own if one.queue == own[0].queue]  # a slot may serve several queues
    shown = ("queue", "pid", "state", "type", "since_ms", "job", "jobs")
    told = [{name: getattr(one, name) for name in shown} for one in own]
    return {**asdict(worker), "slots": told, "links": {"self": f"/v1/workers/{worker.name}"}}


def summaries(its: Usher) -> list[dict[str, Any]]:
    """The workers without their slots, for the numbers of the whole system. Raises StateUnavailableError."""
    return [asdict(one) for one in its.workers.all()[0]]
