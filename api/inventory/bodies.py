"""The bodies about shows and products."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from api.http import Body, Capacity, NewId, PoolName, Price, Seconds, Text, Units, usher

HoldSeconds = Annotated[
    Seconds | None,
    Field(description="How long a hold lasts if its request does not say, s; by default `USHER_HOLD_SECONDS`"),
]
HoldMaxSeconds = Annotated[
    Seconds | None,
    Field(description="A hold's longest life, extensions included, s; by default `USHER_HOLD_MAX_SECONDS`"),
]
MaxPerCustomer = Annotated[
    Units | None, Field(description="Units that one customer may have, held and sold together; by default no limit")
]


class PoolBody(Body):
    """Units of one kind: a floor, a balcony."""

    name: PoolName
    capacity: Capacity
    price: Price | None = Field(None, description="Price of one unit, in any currency")


def _distinct(pools: list[PoolBody]) -> list[PoolBody]:
    if len({pool.name for pool in pools}) < len(pools):
        raise ValueError("has two pools of the same name")
    return pools


class ShowBody(Body):
    """A show to put on sale."""

    id: NewId = None
    name: Annotated[Text, Field(description="Its name, for people")]
    pools: Annotated[
        list[PoolBody],
        Field(min_length=1, max_length=100, fail_fast=True, description="Units of each kind"),
        AfterValidator(_distinct),
    ]
    hold_seconds: HoldSeconds = None
    hold_max_seconds: HoldMaxSeconds = None
    max_per_customer: MaxPerCustomer = None


class ProductBody(Body):
    """A product to put on sale."""

    id: NewId = None
    name: Annotated[Text, Field(description="Its name, for people")]
    quantity: Capacity
    price: Price | None = Field(None, description="Price of one unit, in any currency")
    hold_seconds: HoldSeconds = None
    hold_max_seconds: HoldMaxSeconds = None
    max_per_customer: MaxPerCustomer = None


class RestockBody(Body):
    """Units that came in."""

    quantity: Units


class CapacityBody(Body):
    """A pool's new size."""

    capacity: Capacity


class StatusBody(Body):
    """Whether it is on sale."""

    status: Literal["on_sale", "closed"] = Field(description="`closed` takes no new reservations")


def hold_limits(hold_seconds: float | None, hold_max_seconds: float | None) -> dict[str, float]:
    """The hold's length and longest life, from the request or the settings; the life is never shorter."""
    longest = hold_max_seconds or usher().settings.hold_max_seconds
    seconds = hold_seconds or min(usher().settings.hold_seconds, longest)
    return {"hold_seconds": seconds, "hold_max_seconds": max(seconds, longest)}
