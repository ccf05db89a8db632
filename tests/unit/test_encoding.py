"""Values that JSON cannot express are refused on their way in, and written as null on their way out."""

import json

import pytest
from pydantic_core import from_json

from tasks_app.text.encoding import DEPTH_LIMIT, decoded, encoded, encoded_leniently


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


UNSAYABLE = [
    float("nan"),
    float("inf"),
    float("-inf"),
    2**64,
    -(2**63) - 1,
    10**5_000,
    "\ud800",
    "a\udfff",
    nested(5_000),
]


@pytest.mark.parametrize("value", UNSAYABLE, ids=lambda value: str(type(value)))
@pytest.mark.parametrize("place", [lambda v: v, lambda v: {"a": [1, v]}, lambda v: {"b": {"c": v}}])
def test_values_that_json_cannot_express_are_refused_in_a_sentence(value, place):
    with pytest.raises(ValueError, match=r"^(it|`a.1`|`b.c`|arrays) (is|has|and)"):
        encoded(place(value))


def test_text_in_names_is_checked_too():
    with pytest.raises(ValueError, match="surrogate"):
        encoded({"\ud800": 1})


@pytest.mark.parametrize("value", [object(), {1}, {"a": b"x"}, {(1, 2): 3}, [lambda: 1]])
def test_an_object_that_is_no_json_at_all_is_a_type_error(value):
    with pytest.raises(TypeError, match=r"of the type"):
        encoded(value)


@pytest.mark.parametrize("value", [2**64 - 1, -(2**63), 1e308, "😀 \\ud800", nested(DEPTH_LIMIT - 1), {"a": None}])
def test_values_that_json_can_express_are_written_and_read_by_a_strict_reader(value):
    assert from_json(encoded(value), allow_inf_nan=False) == value
    assert from_json(encoded_leniently(value), allow_inf_nan=False) == value


@pytest.mark.parametrize("value", UNSAYABLE, ids=lambda value: str(type(value)))
def test_any_stored_value_is_written_as_json(value):
    assert from_json(encoded_leniently({"good": 1, "bad": value}), allow_inf_nan=False)["good"] == 1


def test_a_number_with_too_many_digits_does_not_keep_the_rest_from_being_read():
    assert decoded('{"a":%s,"b":7}' % ("9" * 5_000)) == {"a": None, "b": 7}
    with pytest.raises(json.JSONDecodeError):
        decoded("{")


def test_a_value_that_contains_itself_is_refused_and_written_in_part():
    circle = []
    circle.append({"again": circle})
    with pytest.raises(ValueError, match="100 deep"):
        encoded(circle)
    assert encoded_leniently(circle).startswith('[{"again":[{"again":')
    assert encoded([1]) == "[1]"  # nothing of it stays behind
