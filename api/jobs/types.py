"""Job types: their weights and limits, pause and resume."""

from typing import Annotated, Any

from flask import Response
from pydantic import Field

from api.access import auditing
from api.http import (
    Body,
    OptionalBody,
    Parameters,
    Whole,
    answer,
    openapi,
    usher,
)
from api.jobs import pauses
from api.jobs import type_schemas as schemas
from api.jobs.bodies import JobText, TypeName
from tasks_app.jobs import Limits, Rate, Rules, TypeState, groups

blueprint = openapi.blueprint(
    "types", "/v1/types", "Job types: how many of their jobs are done at once, how fast, and whether they are paused."
)

AtOnce = Annotated[
    Annotated[Whole, Field(ge=1, le=1_000_000)] | None,
    Field(description="Jobs that may be active at the same time; null = as many as there are slots"),
]
LONGEST_SECONDS = 3_600


class RateBody(Body):
    """At most `jobs` jobs start within any `seconds` seconds."""

    jobs: Annotated[Whole, Field(ge=1, le=10_000, description="Jobs that may start in a period")]
    seconds: Annotated[float, Field(ge=0.001, le=LONGEST_SECONDS, description="The length of the period, s")] = 1.0


class LimitsBody(Body):
    """Limits; null, or one that is left out, means no limit."""

    at_once: AtOnce = None
    rate: RateBody | None = Field(None, description="How many may start in a period; null = any number")


class RulesBody(LimitsBody):
    """All rules of a type: a rule that is left out becomes the usual one again."""

    weight: Annotated[
        Whole, Field(ge=1, le=100, description="How many turns it has while other waiting types have one each")
    ] = 1
    per_key: LimitsBody | None = Field(None, description="The limits of each `key` in it")


class TypePath(Parameters):
    """A job type."""

    type: Annotated[TypeName, Field(json_schema_extra={"example": "resize_image"})]


KeyName = Annotated[
    JobText,
    Field(description="Only the jobs that have this `key`; without it, all of the type", examples=["acme"]),
]


class TypePauseBody(pauses.PauseBody):
    """Whose jobs are paused, why, and until when."""

    key: KeyName = ""


class TypeResumeBody(OptionalBody):
    """Whose jobs go on."""

    key: KeyName = ""


FOUND = openapi.responses({200: schemas.Type})


@blueprint.get("", responses=openapi.responses({200: schemas.Types}))
def list_types() -> Response:
    """Every type that has jobs, a handler or rules."""
    return answer({"types": [as_json(one) for one in usher().types.known()]}, 200)


@blueprint.get("/<type>", responses=FOUND)
def get_type(path: TypePath) -> Response:
    """The rules of one type; the usual ones for a name that nobody has used yet."""
    return answer(as_json(usher().types.of(path.type)), 200)


@blueprint.put("/<type>", responses=openapi.responses({200: schemas.Type}, "too_many_rules"))
def put_type(path: TypePath, body: RulesBody) -> Response:
    """Give a type other rules, for all workers, from the next job on. Active jobs go on."""
    per_key = _limits(body.per_key) if body.per_key else Limits()
    usher().types.put(path.type, Rules(body.weight, _limits(body), per_key))
    return answer(as_json(usher().types.of(path.type)), 200)


@blueprint.post("/<type>/pause", responses=openapi.responses({200: schemas.Type}, "too_many_paused"))
def pause_type(path: TypePath, body: TypePauseBody) -> Response:
    """
    Make the jobs of a type, or of one of its keys, that have not started wait.

    This is durable, and holds for every worker. The jobs of other keys go on.
    """
    pauses.pause(_group(path.type, body.key), body)
    return answer(as_json(usher().types.of(path.type)), 200)


@blueprint.post("/<type>/resume", responses=FOUND)
def resume_type(path: TypePath, body: TypeResumeBody) -> Response:
    """Let the jobs of a type, or of one of its keys, that were paused go on. A type and its keys are paused apart."""
    usher().controls.resume(_group(path.type, body.key))
    return answer(as_json(usher().types.of(path.type)), 200)


def _group(job_type: str, key: str) -> str:
    if not key:
        return groups.of_type(job_type)
    auditing.name(f"key:{job_type}/{usher().pseudonyms.of(key)}")  # it may be a customer's name
    return groups.of_key(job_type, key)


def _limits(body: LimitsBody) -> Limits:
    rate = body.rate and Rate(body.rate.jobs, max(1, round(body.rate.seconds * 1000)))
    return Limits(body.at_once, rate or None)


def as_json(state: TypeState) -> dict[str, Any]:
    """A type's JSON."""
    return {
        "type": state.type,
        "weight": state.rules.weight,
        **_limits_as_json(state.rules.limits),
        "per_key": _limits_as_json(state.rules.per_key),
        "paused": state.pause is not None,
        "pause": pauses.as_json(state.pause),
        "paused_keys": {key: pauses.as_json(pause) for key, pause in state.paused_keys.items()},
        "links": {"self": f"/v1/types/{state.type}", "jobs": f"/v1/jobs?type={state.type}"},
    }


def _limits_as_json(limits: Limits) -> dict[str, Any]:
    rate = limits.rate and {"jobs": limits.rate.jobs, "seconds": limits.rate.ms / 1000}
    return {"at_once": limits.at_once, "rate": rate}
