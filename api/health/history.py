"""The history by the minute: what was done and what waited, in the last hour and day."""

from dataclasses import asdict
from typing import Literal

from flask import Response
from pydantic import Field

from api.health import history_schemas as schemas
from api.http import Parameters, answer, openapi, usher
from api.jobs import TypeName

blueprint = openapi.blueprint("history", "", "What was done and what waited, minute by minute.", tag="health")


class HistoryQuery(Parameters):
    """Which history."""

    span: Literal["hour", "day"] = Field(
        "hour",
        description="hour = the last 60 minutes that are over; day = 96 quarters of an hour, the last one unended",
    )
    type: TypeName | None = Field(None, description="Only this type; by default all that have anything to tell")
    queue: Literal["reservations", "notifications", "jobs"] | None = Field(
        None, description="Only this queue and its types"
    )


@blueprint.get("/v1/history", responses=openapi.responses({200: schemas.History}))
def get_history(query: HistoryQuery) -> Response:
    """
    What happened in each minute of the last hour, or each quarter of an hour of the last day.

    By queue, type, show and product. `null` = nothing was recorded, since no worker ran. What was counted in such a gap
    is in the step after it.
    """
    return answer(asdict(usher().history.read(query.span, query.type, query.queue)), 200)
