"""What lists leave out of their items: large members, which the item itself has at its own address."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

HEAD_CHARACTERS = 500  # of a text that is left out

LeftOut = Annotated[
    dict[str, int],
    Field(
        description="Members with more than 4,096 bytes of JSON, and how many: here they are null, or the first 500 "
        "characters of a text; `links.self` has them whole",
        examples=[{"data": 262_144}],
    ),
]


def listed(told: dict[str, Any], large: Mapping[str, int]) -> dict[str, Any]:
    """An item of a list, without its members that are `large`, each with its bytes; `left_out` says which these are."""
    for name in large:
        value = told[name]
        told[name] = value[:HEAD_CHARACTERS] if isinstance(value, str) else None
    told["left_out"] = dict(large)
    return told
