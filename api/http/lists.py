"""The queries of lists: where to go on, from when on, and by which keys of metadata."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from api.http.context import usher
from api.http.models import Parameters
from api.http.problems import UNKNOWN_FIELDS
from tasks_app.text import dates

BY_METADATA = "metadata."
EACH_KEY = "metadata.<key>"  # the documents have a parameter for each key of Settings.find_by in its place


def _moment_ms(text: str) -> str:
    """The same moment in unix ms, as digits."""
    return str(dates.checked_ms(int(text)) if text.isascii() and text.isdecimal() else dates.unix_ms(text))


Moment = Annotated[str, AfterValidator(_moment_ms), Field(max_length=dates.LONGEST)]
Since = Annotated[Moment | None, Field(description=f"Not made before this: unix ms, or {dates.FORM}")]
Cursor = Annotated[str, Field(max_length=300, description="The `cursor` of the page before; empty = begin")]
Limit = Annotated[int, Field(ge=1, le=500)]  # how many of them at most


class FindingQuery(Parameters):
    """A query with `metadata.<key>` for each key of Settings.find_by."""

    metadata: Annotated[dict[str, str], Field(alias=EACH_KEY, default_factory=dict, description="Its value")]

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, given: dict[str, Any]) -> dict[str, Any]:
        known = [f"{BY_METADATA}{key}" for key in usher().settings.find_by]
        found = {name: value for name, value in given.items() if name.startswith(BY_METADATA)}
        if unknown := found.keys() - {*known}:
            names = [*(name for name in cls._names() if name != EACH_KEY), *known]
            words = {"fields": sorted(unknown), "allowed": ", ".join(f"`{name}`" for name in names)}
            raise PydanticCustomError(UNKNOWN_FIELDS, "unknown fields", words)
        others = {name: value for name, value in given.items() if name not in found}
        return {**others, EACH_KEY: {name.removeprefix(BY_METADATA): value for name, value in found.items()}}
