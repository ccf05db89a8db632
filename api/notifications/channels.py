"""Channels: all notifications that go over one of them, paused and resumed at once."""

from typing import Annotated

from flask import Response
from pydantic import Field

from api.http import Parameters, openapi
from api.jobs import pauses
from api.notifications.channel_names import ChannelName
from tasks_app.jobs import groups

blueprint = openapi.blueprint("channels", "/v1/channels", "Channels: the ways in which notifications are sent.")


class ChannelPath(Parameters):
    """A channel."""

    channel: Annotated[ChannelName, Field(description="The channel", json_schema_extra={"example": "console"})]


@blueprint.post("/<channel>/pause", responses=openapi.responses({200: pauses.PausedGroup}, "too_many_paused"))
def pause_channel(path: ChannelPath, body: pauses.PauseBody) -> Response:
    """
    Make all notifications of a channel that have not started wait.

    Those of other channels are sent.
    """
    return pauses.pause_group(groups.of_channel(path.channel), body)


@blueprint.post("/<channel>/resume", responses=openapi.responses({200: pauses.PausedGroup}))
def resume_channel(path: ChannelPath) -> Response:
    """Let the notifications of a channel that was paused go on."""
    return pauses.resume_group(groups.of_channel(path.channel))
