"""The base of every body, path and query: strict where JSON has types, and no unknown fields."""

from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tasks_app.holds import MAX_UNITS

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
PoolName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")]
JobId = Annotated[str, Field(pattern=r"^[a-z2-7]{26}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Units = Annotated[int, Field(ge=1, le=1_000_000)]
Capacity = Annotated[int, Field(ge=0, le=MAX_UNITS)]
Seconds = Annotated[float, Field(gt=0, le=31_536_000)]


class Body(BaseModel):
    """A JSON body."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Parameters(BaseModel):
    """Path or query parameters: strings, read leniently."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    @cache
    def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:  # type: ignore[override]
        """As pydantic's, but made once: the validation asks for it at every request."""
        return super().model_json_schema(*arguments, **options)


class InventoryPath(Parameters):
    """A show or product."""

    inventory_id: Identifier


class PoolPath(InventoryPath):
    """One pool of a show."""

    pool: PoolName


class JobPath(Parameters):
    """A job."""

    job_id: JobId


class LedgerQuery(Parameters):
    """Part of a ledger."""

    after: Annotated[str | None, Field(pattern=r"^\d{1,20}(-\d{1,20})?$", description="Id of the last entry seen")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
