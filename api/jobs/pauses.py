"""Pauses in requests and answers: who wants it, why, and until when."""

from dataclasses import asdict
from typing import Annotated, Any, Self

from flask import Response
from pydantic import AfterValidator, Field, model_validator

from api.access import caller
from api.http import OptionalBody, answer, usher
from api.jobs.schemas import Pause, Schema
from tasks_app.jobs import Pause as Found
from tasks_app.jobs import bounds
from tasks_app.text import dates

LATER = "2126-12-01T09:00[Europe/Berlin]"  # an example, far in the future


def _moment(text: str) -> str:
    dates.unix_ms(text)
    return text


class PauseBody(OptionalBody):
    """Why it is paused, and until when; without an end, until it is resumed."""

    reason: Annotated[str, Field(min_length=1, max_length=bounds.CHARACTERS.most)] | None = Field(
        None, description="Why, for those who meet the pause"
    )
    until: Annotated[str, AfterValidator(_moment), Field(max_length=dates.LONGEST)] | None = Field(
        None, description=f"When it ends by itself: {dates.FORM}", examples=[LATER]
    )
    for_seconds: Annotated[float, Field(ge=1, le=bounds.YEAR_MS // 1000)] | None = Field(
        None, description="The same as a time from now, s"
    )

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.until is not None and self.for_seconds is not None:
            raise ValueError("must have `until` or `for_seconds`, not both")
        return self


class PausedGroup(Schema):
    """Whether a queue or a channel is paused."""

    group: str = Field(description="What was asked about", examples=["queue:jobs"])
    paused: bool = Field(description="Jobs of it that have not started wait until it is resumed", examples=[True])
    pause: Pause | None = Field(description="Since when, by whom, why; null = it is not paused")


def pause(group: str, body: PauseBody) -> None:
    """Pause a group as the body says. Raises TooManyPausesError, StateUnavailableError."""
    until_ms = None if body.until is None else dates.unix_ms(body.until)
    for_ms = None if body.for_seconds is None else round(body.for_seconds * 1000)
    usher().controls.pause(group, body.reason or "", caller().owner, until_ms, for_ms)


def pause_group(group: str, body: PauseBody) -> Response:
    """Pause it as the body says; the answer is a PausedGroup. Raises as `pause`."""
    pause(group, body)
    return _answer(group)


def resume_group(group: str) -> Response:
    """Let it go on; the answer is a PausedGroup. Raises StateUnavailableError."""
    usher().controls.resume(group)
    return _answer(group)


def _answer(group: str) -> Response:
    found = as_json(usher().jobs.pauses().get(group))
    return answer({"group": group, "paused": found is not None, "pause": found}, 200)


def as_json(found: Found | None) -> dict[str, Any] | None:
    """A pause's JSON; None = it is not paused."""
    return asdict(found) if found else None
