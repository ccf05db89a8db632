"""Data and results come back from a record as they were given, whatever they are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tasks_app.jobs.record_values import data_of, kept_data, kept_result, result_of
from tasks_app.state.record_names import STORED, in_script, named, stored
from tasks_app.text.encoding import encoded

LINE = {"pool": "floor", "quantity": 2}
VALUES = some.recursive(
    some.one_of(some.none(), some.booleans(), some.integers(-(2**63), 2**63), some.text(max_size=8), some.just(1.0)),
    lambda inner: some.one_of(
        some.lists(inner, max_size=3), some.dictionaries(some.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
ITEMS = some.fixed_dictionaries({"pool": some.one_of(some.text(max_size=5), VALUES), "quantity": VALUES}) | some.just(
    LINE
)
DATA = some.one_of(
    some.fixed_dictionaries(
        {"lines": some.lists(ITEMS | VALUES, max_size=3)}, optional={"customer": VALUES, "n": VALUES}
    ),
    some.dictionaries(some.text(max_size=8), VALUES, max_size=3),
)


@given(DATA.filter(lambda data: "\\ud" not in json.dumps(data)))
def test_data_come_back(data):
    assert encoded(data_of(kept_data(data))) == encoded(data)  # even 1 as 1 and not as true, and names in their order


@given(VALUES | some.fixed_dictionaries({"outcome": VALUES | some.sampled_from(["held", "true", "null", "né", ""])}))
def test_results_come_back(result):
    try:
        text = encoded(result)
    except ValueError:
        return
    assert encoded(result_of(kept_result(text))) == text


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({"lines": [LINE], "customer": "ada"}, '["ada","floor",2]'),
        ({"lines": [LINE, {"pool": "é", "quantity": 1}]}, '["","floor",2,"\\u00e9",1]'),
        ({"lines": []}, '{"lines":[]}'),
        ({"lines": [LINE], "customer": ""}, None),
        ({"lines": [LINE], "customer": None}, None),
        ({"customer": "ada", "lines": [LINE]}, None),
        ({"lines": [LINE], "customer": "ada", "hold_seconds": 5}, None),
        ({"lines": [{"quantity": 2, "pool": "floor"}]}, None),
        ({"lines": [{"pool": "floor", "quantity": True}]}, None),
        ({"lines": [LINE | {"seat": 1}]}, None),
    ],
)
def test_only_data_of_lines_and_a_customer_are_shortened(data, kept):
    assert kept_data(data) == (kept or json.dumps(data, separators=(",", ":")))


def test_an_unreadable_value_is_reported_with_the_data_as_they_were_given():
    with pytest.raises(ValueError, match="quantity"):
        kept_data({"lines": [{"pool": "floor", "quantity": 2**70}]})


@pytest.mark.parametrize(
    ("result", "kept"),
    [
        ("null", None),
        ('{"outcome":"held"}', "held"),
        ('{"outcome":"null"}', '{"outcome":"null"}'),
        ('"held"', '"held"'),
    ],
)
def test_a_result_that_is_a_word_is_that_word(result, kept):
    assert kept_result(result) == kept


def test_names_come_back():
    record = dict.fromkeys([*STORED, "batch", "key", "try:1"], "x")
    assert named(stored(record)) == record
    assert len(set(STORED.values())) == len(STORED)
    assert set(STORED.values()).isdisjoint(STORED)


def test_a_script_that_names_no_field_is_not_loaded():
    assert in_script("HGET(record(id), FIELD.state)") == f"HGET(record(id), '{STORED['state']}')"
    with pytest.raises(KeyError):
        in_script("FIELD.stat")
