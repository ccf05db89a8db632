"""Schemas of the answers about shows, products and reservations, for the served documents."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.jobs import ID, MOMENT_MS, Created, Finished, Links, Metadata, Pause, Schema

Target = Annotated[str, Field(description="`show:<id>` or `product:<id>`", examples=["product:2"])]
Customer = Annotated[str | None, Field(description="Whose it is; null = no customer was named", examples=["ada"])]
Price = Annotated[float | None, Field(description="Price of one unit, in any currency", examples=[100.0])]
Count = Annotated[int, Field(examples=[10])]


class Line(Schema):
    """Units of one pool."""

    pool: str = Field(description="The pool's name; of a product `stock`", examples=["stock"])
    quantity: int = Field(description="Units", examples=[2])
    target: str = Field("", description="The show or product, in a reservation over several", examples=["show:classic"])


class ReservationToken(Schema):
    """A token for the end customer of one reservation."""

    token: str = Field(description="To be sent as `Authorization: Bearer ...`", examples=["urt_..."])
    expires_ms: int = Field(description="Until when it is valid, unix ms", examples=[1_767_232_800_000])


class Reservation(Schema):
    """What became of a reservation."""

    id: str = Field(description="The reservation's id, which is that of its job", examples=[ID])
    state: Literal[
        "queued", "delayed", "active", "held", "confirmed", "released", "expired",
        "refused", "cancelled", "failed", "forgotten",
    ] = Field(description="Where it is; only `held` and `confirmed` take units", examples=["held"])  # fmt: skip
    target: Target
    lines: list[Line] = Field(description="What it has, all or nothing of what was asked for, less what was given back")
    customer: Customer
    metadata: Metadata
    created_ms: Created
    expires_ms: int | None = Field(
        description="When the hold ends by itself, unix ms; null = it holds nothing", examples=[MOMENT_MS + 600_000]
    )
    finished_ms: Finished
    refusal: dict[str, Any] = Field({}, description="If refused: the code and its numbers", examples=[{}])
    error: dict[str, Any] | None = Field(None, description="If failed: `code` and `message`", examples=[None])
    links: Links


class ReservationPage(Schema):
    """Some reservations."""

    reservations: list[Reservation] = Field(description="Newest first")
    cursor: str | None = Field(description="The `cursor` of the next page; null = there are no more", examples=[None])


class Inventory(Schema):
    """What shows and products have in common."""

    id: str = Field(description="Its id", examples=["2"])
    name: str = Field(description="Its name, for people", examples=["Suitcase 450"])
    status: Literal["on_sale", "closed", "cancelled", "archived"] = Field(
        description="Whether it takes new reservations; only `on_sale` does", examples=["on_sale"]
    )
    paused: bool = Field(description="Jobs about it wait until it is resumed", examples=[False])
    pause: Pause | None = Field(description="Since when, by whom, why; null = it is not paused")
    hold_seconds: float = Field(description="How long a hold lasts by default, s", examples=[600.0])
    hold_max_seconds: float = Field(description="A hold's longest life, extensions included, s", examples=[7200.0])
    max_per_customer: int | None = Field(
        description="Units that one customer may have, held and sold together; null = no limit", examples=[None]
    )
    version: int = Field(description="How many changes its ledger has", examples=[3])
    edition: int = Field(description="How often it was edited", examples=[0])
    links: Links


class Numbers(Schema):
    """Units of one pool."""

    capacity: Count = Field(description="Units in total")
    held: Count = Field(description="Units held for customers")
    sold: Count = Field(description="Units sold")


class Pool(Numbers):
    """One pool of a show."""

    available: Count = Field(description="Units that are free")
    price: Price


class Show(Inventory):
    """A show."""

    pools: dict[str, Pool] = Field(description="Its pools by their names")


class Shows(Schema):
    """All shows."""

    shows: list[Show] = Field(description="In the order of their ids")


class Product(Inventory):
    """A product."""

    price: Price
    initial_quantity: Count = Field(description="Units that it started with")
    capacity: Count = Field(description="Units in total")
    held: Count = Field(description="Units held for customers")
    sold: Count = Field(description="Units sold")
    available: Count = Field(description="Units that are free")


class Products(Schema):
    """All products."""

    products: list[Product] = Field(description="In the order of their ids")


class Deleted(Schema):
    """A show or product is gone, with its ledger."""

    target: Target
    deleted: bool = Field(description="It is gone", examples=[True])


class Paused(Schema):
    """Whether the jobs about a show or product wait."""

    target: Target
    paused: bool = Field(description="Jobs about it wait until it is resumed", examples=[True])
    pause: Pause | None = Field(description="Since when, by whom, why; null = it is not paused")


class LedgerEntry(Schema):
    """One change."""

    id: str = Field(description="The id of the change, also that of the live event", examples=["1795683600000-0"])
    version: int = Field(description="Its number, from 1 on without gaps", examples=[3])
    event: str = Field(description="What happened", examples=["held"])
    about: str = Field(description="The id of the job that made it", examples=[ID])
    data: dict[str, Any] = Field(description="The numbers of the change", examples=[{"customer": "ada"}])


class Ledger(Schema):
    """Some changes."""

    entries: list[LedgerEntry] = Field(description="Oldest first")
    after: str | None = Field(description="The `after` of the next request; null = there are none yet", examples=[None])


class Audit(Schema):
    """Whether the numbers are true."""

    ok: bool = Field(description="There are no differences", examples=[True])
    target: Target
    differences: list[str] = Field(description="What is not true, one sentence each", examples=[[]])
    version: int = Field(description="How many changes its ledger has", examples=[3])
    pools: dict[str, Numbers] = Field(description="Its pools by their names, counted again")
    holds: dict[Literal["held", "confirmed", "released", "expired"], int] = Field(
        description="Reservations in each state", examples=[{"held": 1}]
    )
    customers: int = Field(description="Customers that have units", examples=[1])
    entries: int = Field(description="Ledger entries that were read", examples=[3])
