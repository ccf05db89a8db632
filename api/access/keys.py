"""Keys: make, list, rotate and revoke API keys. These routes need a key of an admin, on every machine."""

import time
from typing import Annotated, Literal

from flask import Response
from pydantic import AfterValidator, Field

from api.access import auditing, schemas
from api.http import Body, OptionalBody, Parameters, Seconds, Whole, answer, openapi, usher
from tasks_app.access import NAME, SCOPES_AT_MOST, STREAMS_AT_MOST, ApiKey, Role, checked_scope
from tasks_app.configuration import checked_rate

blueprint = openapi.blueprint(
    "keys", "/v1/keys", "API keys: who may do what. The first one comes from the command line."
)


Roles = list[Annotated[Role, Field(strict=False)]]  # strict, only Python's own enum would do
Scopes = list[Annotated[str, AfterValidator(checked_scope), Field(max_length=200)]]
RateText = Annotated[
    Annotated[str, AfterValidator(checked_rate)] | None,
    Field(
        description="How many requests it may send: `100/s`, `600/m`; `none` = any number; null = as the settings say",
        json_schema_extra={"example": "100/s"},
    ),
]
Streams = Annotated[
    Annotated[Whole, Field(ge=0, le=STREAMS_AT_MOST)] | Literal["none"] | None,
    Field(
        description="How many streams it may have open at once; `none` = any number; null = as the settings say",
        json_schema_extra={"example": 20},
    ),
]
SCOPES = "`show:ID`, `product:ID`, `type:TYPE`, `channel:NAME`: it reaches nothing else of a kind that it has scopes of"


class KeyPath(Parameters):
    """A key."""

    key_id: Annotated[
        str, Field(pattern=r"^[a-z2-7]{8}$", description="Its `id`", json_schema_extra={"example": "k7u3xq2a"})
    ]


class KeyBody(Body):
    """A new key."""

    owner: Annotated[str, Field(pattern=f"^{NAME.pattern}$", description="Whose it is, e.g. `shop`")]
    roles: Annotated[Roles, Field(min_length=1, max_length=len(Role), description="What it may do")]
    scopes: Annotated[Scopes, Field(default_factory=list, max_length=SCOPES_AT_MOST, description=SCOPES)]
    expires_seconds: Annotated[Seconds | None, Field(description="How long it is valid, s; null = without end")] = None
    rate: RateText = None
    streams: Streams = None


class KeyLimitsBody(Body):
    """What bounds a key from now on."""

    rate: RateText = None
    streams: Streams = None


class RotationBody(OptionalBody):
    """How long both keys are valid."""

    overlap_seconds: Annotated[float, Field(ge=0, le=2_592_000, description="How long the old key stays valid, s")] = (
        0.0
    )


KNOWN = openapi.responses({200: schemas.Key}, "key_not_found")


@blueprint.post("", responses=openapi.responses({201: schemas.NewKey}, "too_many_keys"))
def create_key(body: KeyBody) -> Response:
    """Make a key. Its text is in this answer and nowhere else."""
    expires_ms = None if body.expires_seconds is None else int((time.time() + body.expires_seconds) * 1000)
    token, key = ApiKey.issue(
        body.owner, tuple(body.roles), tuple(body.scopes), expires_ms, body.rate or "", _text(body.streams)
    )
    usher().api_keys.add(key)
    return answer({**key.to_json(), "key": token}, 201, location=f"/v1/keys/{key.id}")


@blueprint.get("", responses=openapi.responses({200: schemas.Keys}))
def list_keys() -> Response:
    """All keys, without their texts."""
    return answer({"keys": [key.to_json() for key in usher().api_keys.listed()]}, 200)


@blueprint.get("/<key_id>", responses=KNOWN)
def get_key(path: KeyPath) -> Response:
    """One key, without its text."""
    return answer(usher().api_keys.read(path.key_id).to_json(), 200)


@blueprint.patch("/<key_id>", responses=KNOWN)
def edit_key(path: KeyPath, body: KeyLimitsBody) -> Response:
    """Change the rate of a key and how many streams it may have open; a field that is left out stays as it is."""
    rate = (body.rate or "") if "rate" in body.model_fields_set else None
    streams = _text(body.streams) if "streams" in body.model_fields_set else None
    key = usher().api_keys.limit(path.key_id, rate, streams)
    for name, value in (("rate", rate), ("streams", streams)):
        if value is not None:
            auditing.name(f"{name}:{value or 'default'}")
    return answer(key.to_json(), 200)


def _text(streams: int | str | None) -> str:
    return "" if streams is None else str(streams)


@blueprint.post(
    "/<key_id>/rotate", responses=openapi.responses({201: schemas.NewKey}, "key_not_found", "too_many_keys")
)
def rotate_key(path: KeyPath, body: RotationBody) -> Response:
    """Make a key that may do the same, and end the old one, now or after a while."""
    token, key = usher().api_keys.rotate(path.key_id, body.overlap_seconds)
    return answer({**key.to_json(), "key": token}, 201, location=f"/v1/keys/{key.id}")


@blueprint.delete("/<key_id>", responses=KNOWN)
def revoke_key(path: KeyPath) -> Response:
    """End a key: every process refuses it within a second. Safe to repeat."""
    return answer(usher().api_keys.revoke(path.key_id).to_json(), 200)
