"""Answers are read from their sources by the names that their schemas declare."""

from dataclasses import dataclass

import pytest
from pydantic import Field

from api.jobs.schemas import Schema


@dataclass(slots=True)
class Seat:
    row: int
    secret: str = "no"

    @property
    def name(self) -> str:
        return f"row {self.row}"


class Told(Schema):
    name: str = Field(examples=["row 7"])
    row: int = Field(examples=[7])
    links: str = ""


def test_declared_members_are_read_in_their_order_and_nothing_else():
    assert list(Told.reader(Seat, "links")(Seat(7)).items()) == [("name", "row 7"), ("row", 7)]


def test_a_member_that_its_source_lacks_is_refused_when_the_program_starts():
    with pytest.raises(TypeError, match="Seat has no links; Told asks for it"):
        Told.reader(Seat)
