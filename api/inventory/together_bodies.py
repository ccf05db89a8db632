"""The body of a reservation over several shows and products."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from api.http import Body, Customer, Identifier, Metadata, PoolName, Seconds, Units

TARGETS_AT_MOST = 10  # shows and products in one reservation: one script changes all of them
HoldSeconds = Annotated[
    Seconds | None,
    Field(description="How long to hold it, s; its show or product has the default and the limit"),
]


class PlaceBody(Body):
    """Units of a pool of a show, or of a product: one of both is named."""

    show: Identifier | None = Field(None, description="The show's id")
    product: Identifier | None = Field(None, description="The product's id")
    pool: PoolName | None = Field(None, description="The show's pool; of a product it is left out")
    quantity: Units = 1

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.show is None) == (self.product is None):
            raise ValueError("needs either a show or a product")
        if (self.show is None) != (self.pool is None):
            raise ValueError("needs a pool with a show, and none with a product")
        return self

    @property
    def target(self) -> str:
        """The show or product, as everywhere: `show:hamlet`."""
        return f"product:{self.product}" if self.show is None else f"show:{self.show}"


def _bounded(lines: list[PlaceBody]) -> list[PlaceBody]:
    count = len({line.target for line in lines})
    if count > TARGETS_AT_MOST:
        raise ValueError(f"names {count} shows and products, but at most {TARGETS_AT_MOST} are allowed")
    return lines


class TogetherBody(Body):
    """What to reserve of several shows and products: all lines, or none."""

    lines: Annotated[
        list[PlaceBody],
        Field(min_length=1, max_length=50, fail_fast=True, description="Units of each show's pool and of each product"),
        AfterValidator(_bounded),
    ]
    customer: Customer = None
    hold_seconds: HoldSeconds = None
    metadata: Metadata

    def parts(self) -> dict[str, list[dict[str, Any]]]:
        """The lines of each show and product, in the order in which they are named first."""
        found: dict[str, list[dict[str, Any]]] = {}
        for line in self.lines:
            found.setdefault(line.target, []).append({"pool": line.pool or "stock", "quantity": line.quantity})
        return found
