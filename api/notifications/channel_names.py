"""The name of a channel, or of a list of suppressions, in a body or a path: one of those that this Usher has."""

from typing import Annotated, Any

from pydantic import BeforeValidator, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from api.http import openapi, usher
from tasks_app.notifications import ANY


class _Named:
    """One of the channels of the application's Usher, or of these names besides."""

    def __init__(self, *besides: str) -> None:
        self._besides = besides

    def known(self, given: Any) -> Any:
        """The same. Raises the error of a Literal, as it is told of other words."""
        names = (*usher().channels.names(), *self._besides)
        if given not in names:
            *others, last = (f"'{name}'" for name in names)
            raise PydanticCustomError("literal_error", "unknown", {"expected": f"{', '.join(others)} or {last}"})
        return given

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "enum": [openapi.CHANNELS, *self._besides]}


_channel, _list = _Named(), _Named(ANY)
ChannelName = Annotated[str, BeforeValidator(_channel.known), _channel]
ListName = Annotated[str, BeforeValidator(_list.known), _list]
