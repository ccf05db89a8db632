"""What the answers of the course's routes look like, for the served documents."""

from pydantic import ConfigDict, RootModel
from pydantic.alias_generators import to_camel

from api.shapes import Shape


class ClassicShape(Shape):
    """As Shape; the course writes its names in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


class Item(ClassicShape):
    """A product."""

    item_id: int | str
    item_name: str
    price: float | None
    initial_available_quantity: int


class Items(RootModel[list[Item]]):
    """All products."""


class ItemNow(Item):
    """A product with its stock as it is."""

    current_quantity: int


class SeatsLeft(ClassicShape):
    """A number, as a string."""

    number_of_available_seats: str


class Status(ClassicShape):
    """What came of it, in the course's words."""

    status: str
    item_id: int | str = ""
