"""The sandbox: every notification goes to the console instead of to its provider, or no longer does."""

from dataclasses import asdict
from typing import Annotated, Self

from flask import Response
from pydantic import Field, model_validator

from api.access import auditing, caller
from api.http import Body, answer, openapi, usher
from api.jobs import MOMENT_MS, Schema
from tasks_app.jobs import bounds

blueprint = openapi.blueprint(
    "sandbox", "/v1/sandbox", "The sandbox: a switch by which every notification goes to the console."
)


class SandboxBody(Body):
    """Whether it shall be on, and why."""

    on: bool = Field(description="true = notifications go to the console, false = to their providers")
    reason: Annotated[str, Field(min_length=1, max_length=bounds.CHARACTERS.most)] | None = Field(
        None, description="Why it is switched on, for those who meet it"
    )

    @model_validator(mode="after")
    def _why_on(self) -> Self:
        if self.reason is not None and not self.on:
            raise ValueError("must have a `reason` only when the sandbox is switched on")
        return self


class Sandbox(Schema):
    """Whether the sandbox is on."""

    on: bool = Field(description="Every notification goes to the console and reaches nobody", examples=[True])
    since_ms: int | None = Field(description="Since when it is on, unix ms; null = it is off", examples=[MOMENT_MS])
    by: str | None = Field(
        description="Who switched it on: the owner of a key; null = it is off, or nobody needs a key", examples=["ops"]
    )
    reason: str | None = Field(description="Why it is on; null = nobody said", examples=["rehearsal"])


ANSWER = openapi.responses({200: Sandbox})


@blueprint.get("", responses=ANSWER)
def get_sandbox() -> Response:
    """Whether notifications go to the console instead of to their providers: since when, by whom, why."""
    return _answer()


@blueprint.put("", responses=ANSWER)
def set_sandbox(body: SandboxBody) -> Response:
    """
    Let every notification go to the console, or to its provider again. Safe to repeat.

    Once this is answered with `on`, after half a second, no send to a provider begins; those that have begun go on.
    What was written to the console stays `sandboxed` when it is switched off: nothing is sent again.
    """
    auditing.name(f"sandbox:{'on' if body.on else 'off'}")
    if body.on:
        usher().sandbox.turn_on(body.reason or "", caller().owner)
    else:
        usher().sandbox.turn_off()
    return _answer()


def _answer() -> Response:
    return answer(asdict(usher().sandbox.read()), 200)
