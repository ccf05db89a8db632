"""What the answers of the course's routes look like, for the served documents."""

from typing import Annotated

from pydantic import ConfigDict, Field, RootModel
from pydantic.alias_generators import to_camel

from api.jobs import Schema

ItemId = Annotated[int | str, Field(description="The product's number, or its id if it has none", examples=[2])]


class ClassicSchema(Schema):
    """As Schema, with names in camel case, as the course writes them."""

    model_config = ConfigDict(alias_generator=to_camel)


class Item(ClassicSchema):
    """A product."""

    item_id: ItemId
    item_name: str = Field(description="Its name", examples=["Suitcase 450"])
    price: float | None = Field(description="Price of one unit, in any currency; null = none was given", examples=[100])
    initial_available_quantity: int = Field(description="Units that it started with", examples=[10])


class Items(RootModel[list[Item]]):
    """All products."""


class ItemNow(Item):
    """A product with its stock as it is now."""

    current_quantity: int = Field(description="Units that are free", examples=[9])


class SeatsLeft(ClassicSchema):
    """A number, as a string."""

    number_of_available_seats: str = Field(description="Seats that are free, a number as text", examples=["50"])


class Status(ClassicSchema):
    """The result, in the course's words."""

    status: str = Field(description="The result", examples=["Reservation in process"])
    item_id: ItemId = ""
