"""The bodies about shows and products."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from api.http import Body, Capacity, NewId, Parameters, PoolName, Price, Seconds, Text, Units, Whole, few, usher

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

    status: Literal["on_sale", "closed", "archived"] = Field(
        description="`closed` takes no new reservations; `archived` is no longer listed either"
    )


class EditBody(Body):
    """What changes; all that is left out stays."""

    name: Annotated[Text, Field(default_factory=str, description="Its name, for people")]
    hold_seconds: Annotated[
        Seconds, Field(default_factory=float, description="How long a hold lasts if its request does not say, s")
    ]
    hold_max_seconds: Annotated[
        Seconds, Field(default_factory=float, description="A hold's longest life, extensions included, s")
    ]
    max_per_customer: Annotated[
        Units | None,
        Field(default_factory=lambda: None, description="Units that one customer may have; null = no limit"),
    ]
    edition: Whole | None = Field(
        None,
        ge=0,
        description="How often it was edited when you read it: if it was edited since, it stays; null = in any case",
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set - {"edition"}:
            raise ValueError("must say what changes")
        return self

    def changes(self) -> dict[str, Any]:
        """What changes, in the words of tasks_app/lua/inventory/edit.lua."""
        return self.model_dump(exclude_unset=True, exclude={"edition"})


class EditProductBody(EditBody):
    """What changes of a product; all that is left out stays."""

    price: Annotated[
        Price | None,
        Field(default_factory=lambda: None, description="Price of one unit, in any currency; null = none is named"),
    ]


class EditShowBody(EditBody):
    """What changes of a show; all that is left out stays."""

    new_pools: Annotated[
        list[PoolBody],
        Field(default_factory=list, min_length=1, max_length=100, fail_fast=True, description="Units of further kinds"),
        AfterValidator(_distinct),
    ]
    prices: Annotated[
        dict[PoolName, Price | None],
        BeforeValidator(few),
        Field(
            default_factory=dict,
            min_length=1,
            description="Pool -> price of one unit, in any currency; null = none is named",
        ),
    ]

    def changes(self) -> dict[str, Any]:
        """What changes, in the words of tasks_app/lua/inventory/edit.lua."""
        changes = super().changes()
        new = {pool["name"]: pool for pool in changes.pop("new_pools", ())}
        if new:
            changes["pools"] = {name: {"capacity": pool["capacity"]} for name, pool in new.items()}
        priced = {name: pool["price"] for name, pool in new.items() if pool.get("price") is not None}
        if priced:
            changes["prices"] = priced | changes.get("prices", {})
        return changes


class InventoriesQuery(Parameters):
    """Which of them to list."""

    archived: bool = Field(False, description="Those that are archived, too")


def hold_limits(hold_seconds: float | None, hold_max_seconds: float | None) -> dict[str, float]:
    """The hold's length and longest life, from the request or the settings; the life is never shorter."""
    longest = hold_max_seconds or usher().settings.hold_max_seconds
    seconds = hold_seconds or min(usher().settings.hold_seconds, longest)
    return {"hold_seconds": seconds, "hold_max_seconds": max(seconds, longest)}
