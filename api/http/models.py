"""
The base of every body, path and query: strict where JSON has types, and no unknown fields.

Models of bodies are called `...Body`: problems.py recognises their errors by that name. Patterns say [0-9], since
pydantic takes a backslash and d for the digits of all scripts.
"""

from functools import cache
from typing import Annotated, Any, ClassVar

from flask import request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.http.context import usher
from api.http.problems import BATCH_TOO_LARGE, UNKNOWN_FIELDS
from tasks_app.errors import InvalidJobError
from tasks_app.inventory import MAX_UNITS
from tasks_app.jobs import bounds
from tasks_app.notifications import ADDRESS_CHARACTERS


def _whole(given: Any) -> Any:
    return int(given) if isinstance(given, float) and given.is_integer() else given


Whole = Annotated[int, BeforeValidator(_whole)]  # in JSON 3.0 is an integer, and some clients write it so
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
NewId = Annotated[
    Identifier | None,
    Field(description="Its id: up to 64 letters, digits, `_`, `.` and `-`; by default the id of the job that makes it"),
]
PoolName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$", description="The pool's name")]
JobId = Annotated[str, Field(pattern=r"^[a-z2-7]{26}$")]
Address = Annotated[str, Field(min_length=1, max_length=ADDRESS_CHARACTERS, pattern=r"\S")]
ADDRESS = "In its channel's form: a URL, a mail address, a telephone number, a subscription's id, a name"
Text = Annotated[str, Field(min_length=1, max_length=200)]
Customer = Annotated[Text | None, Field(description="Whose it is; required if there is a limit per customer")]
Units = Annotated[Whole, Field(ge=1, le=1_000_000, description="How many units")]
Capacity = Annotated[Whole, Field(ge=0, le=MAX_UNITS, description="Units in total")]
Price = Annotated[float, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0.001, le=31_536_000)]  # the state counts milliseconds
# The id of a stream's entry, maybe with a place in that entry; 20 digits may be more than a stream can count.
EVENT_ID = r"^[0-9]{1,19}(-[0-9]{1,19}){0,2}$"


def _counted(given: Any) -> Any:
    """Check the length before any element is read, since each may bring its own errors."""
    if isinstance(given, list) and len(given) > usher().settings.batch_limit:
        raise PydanticCustomError(BATCH_TOO_LARGE, "too many")
    return given


BATCH = (Field(min_length=1, fail_fast=True), BeforeValidator(_counted))  # of a list as long as a request may have
FIELDS_AT_MOST = 100  # in one object; no model has as many


def few(given: Any) -> Any:
    """Refuse an object with too many fields: each may be an error."""
    if isinstance(given, dict) and len(given) > FIELDS_AT_MOST:
        raise ValueError(f"has {len(given)} fields; at most {FIELDS_AT_MOST} are allowed")
    return given


class Closed(BaseModel):
    """Refuses unknown fields, and lists the known ones; first of all, since a misspelt field causes other faults."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        given = few(given)
        if isinstance(given, dict) and (unknown := given.keys() - cls._names()):
            words = {"fields": sorted(map(str, unknown)), "allowed": ", ".join(f"`{name}`" for name in cls._names())}
            raise PydanticCustomError(UNKNOWN_FIELDS, "unknown fields", words)
        return given

    @classmethod
    @cache
    def _names(cls) -> dict[str, None]:
        """The names of its fields in JSON, in order."""
        return {field.alias or name: None for name, field in cls.model_fields.items()}


class Body(Closed):
    """A JSON body."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)


class OptionalBody(Body):
    """A JSON body that may be left out, since all its fields have defaults."""

    model_config = ConfigDict(openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]

    @model_validator(mode="before")
    @classmethod
    def _left_out(cls, given: Any) -> Any:
        return {} if given is None and not request.get_data() else given


class Parameters(Closed):
    """Path or query parameters: strings, read leniently."""

    @classmethod
    @cache
    def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:  # type: ignore[override]
        """As pydantic's, but made once: the validation asks for it at every request."""
        return super().model_json_schema(*arguments, **options)


def _small(given: dict[str, Any]) -> dict[str, Any]:
    try:
        bounds.metadata(given)
    except InvalidJobError as error:
        raise ValueError(error.text) from error
    return given


OtherMetadata = Annotated[
    dict[str, Any],
    AfterValidator(_small),
    Field(
        description=f"Your own words about it, such as an order's number: shown with it, never used. At most"
        f" {bounds.METADATA_NAMES} names and {bounds.METADATA_BYTES} bytes as JSON"
    ),
]
# Left out of a request's fingerprint where it is empty: releases before it knew no such field, and may still be asked
# with the same Idempotency-Key.
Metadata = Annotated[OtherMetadata, Field(default_factory=dict, exclude_if=lambda given: not given)]


class InventoryPath(Parameters):
    """A show or product."""

    kind: ClassVar[str]
    inventory_id: Identifier

    @property
    def target(self) -> str:
        """Its name in jobs and events: `show:<id>` or `product:<id>`."""
        return f"{self.kind}:{self.inventory_id}"


class ShowPath(InventoryPath):
    """A show."""

    kind = "show"
    inventory_id: Annotated[Identifier, Field(description="The show's id", json_schema_extra={"example": "classic"})]


class GivenShowPath(ShowPath):
    """A show whose id comes from an answer: the documents change nothing that is there from the start."""

    inventory_id: Annotated[Identifier, Field(description="The show's id")]


class PoolPath(ShowPath):
    """One pool of a show."""

    pool: Annotated[PoolName, Field(json_schema_extra={"example": "seats"})]


class CustomerPath(Parameters):
    """A customer."""

    customer: Annotated[Text, Field(description="As reservations name it", json_schema_extra={"example": "ada"})]


class ProductPath(InventoryPath):
    """A product."""

    kind = "product"
    inventory_id: Annotated[Identifier, Field(description="The product's id", json_schema_extra={"example": "2"})]


class GivenProductPath(ProductPath):
    """A product whose id comes from an answer."""

    inventory_id: Annotated[Identifier, Field(description="The product's id")]


class JobPath(Parameters):
    """A job."""

    job_id: Annotated[JobId, Field(description="The `id` in the answer that accepted the job")]


class LedgerQuery(Parameters):
    """Part of a ledger."""

    after: Annotated[
        Annotated[str, Field(pattern=EVENT_ID)] | None,
        Field(description="The id of the last entry seen; the answer goes on after it"),
    ] = None
    limit: Annotated[int, Field(ge=1, le=1_000, description="At most this many entries")] = 100
