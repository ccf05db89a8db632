"""The name of a channel, or of a list of suppressions, in a body or a path: one of those that there are."""

from typing import Annotated, Any

from pydantic import BeforeValidator, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from tasks_app.configuration import own_settings
from tasks_app.notifications import ANY


class _Named:
    """One of the channels, as the settings have them, or of these names besides."""

    def __init__(self, *besides: str) -> None:
        self._besides = besides

    def names(self) -> list[str]:
        return [*own_settings().channel_names(), *self._besides]

    def known(self, given: Any) -> Any:
        """The same. Raises the fault of a Literal, as it is told of other words."""
        *others, last = (f"'{name}'" for name in self.names())
        if given not in self.names():
            raise PydanticCustomError("literal_error", "unknown", {"expected": f"{', '.join(others)} or {last}"})
        return given

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "enum": self.names()}


_channel, _list = _Named(), _Named(ANY)
ChannelName = Annotated[str, BeforeValidator(_channel.known), _channel]
ListName = Annotated[str, BeforeValidator(_list.known), _list]
