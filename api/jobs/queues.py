"""Queues: the jobs of all types that share slots, paused and resumed at once."""

from typing import Literal

from flask import Response
from pydantic import Field

from api.http import Parameters, openapi
from api.jobs import pauses
from tasks_app.jobs import groups

blueprint = openapi.blueprint("queues", "/v1/queues", "Queues: the jobs of all types that share the same slots.")


class QueuePath(Parameters):
    """A queue, whose slots are a lane."""

    queue: Literal["reservations", "notifications", "jobs"] = Field(
        description="`jobs` = users' types", json_schema_extra={"example": "jobs"}
    )


@blueprint.post("/<queue>/pause", responses=openapi.responses({200: pauses.PausedGroup}, "too_many_paused"))
def pause_queue(path: QueuePath, body: pauses.PauseBody) -> Response:
    """
    Make all jobs of a queue that have not started wait.

    `reservations`: nothing is reserved, confirmed or released, and no show or product is made or changed.
    """
    return pauses.pause_group(groups.of_queue(path.queue), body)


@blueprint.post("/<queue>/resume", responses=openapi.responses({200: pauses.PausedGroup}))
def resume_queue(path: QueuePath) -> Response:
    """Let the jobs of a queue that was paused go on."""
    return pauses.resume_group(groups.of_queue(path.queue))
