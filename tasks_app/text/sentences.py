"""Errors of models in our own words: what was given and what is allowed, for every kind of fault that they find."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from tasks_app.text.encoding import LARGEST, SMALLEST, encoded_leniently

SHOWN_CHARACTERS = 60  # of the given value

WHOLE, NUMBER, TRUTH = "a whole number", "a number", "true or false"
TEXT, ARRAY, OBJECT = "a text (string)", "an array", "an object"

# Kind of fault -> what should be there instead; `{...}` are the fault's own numbers.
_WISHES: Mapping[str, str] = {
    **dict.fromkeys(("string_type", "string_sub_type", "string_unicode"), TEXT),
    "string_too_short": "a text of at least {min_length} characters",
    "string_too_long": "a text of at most {max_length} characters",
    "string_pattern_mismatch": "a text that fits the pattern {pattern}",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), WHOLE),
    "int_parsing_size": "a whole number with fewer digits",
    **dict.fromkeys(("float_type", "float_parsing"), NUMBER),
    "finite_number": "a finite number",
    **dict.fromkeys(("bool_type", "bool_parsing"), TRUTH),
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    **dict.fromkeys(("literal_error", "enum"), "one of {expected}"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), ARRAY),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"), OBJECT),
    "none_required": "null",
    "invalid_key": "an object whose names are texts",
}
# Faults about an amount, or about a value's presence: these sentences are complete without the given value.
_COMPLETE: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "is unknown; leave it out",
    "unexpected_keyword_argument": "is unknown; leave it out",
    "too_short": "has {actual_length} elements, but at least {min_length} are needed",
    "too_long": "has more elements than the {max_length} that are allowed",
}
_SIZES: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (dict, lambda given: f"an object of {len(given)}"),
    (list, lambda given: f"an array of {len(given)}"),
)


def finding(fault: ErrorDetails, is_secret: bool = False) -> str:
    """
    The sentence after the name of the field: `is "many", but must be a whole number`. Shows no secret value, and at
    most SHOWN_CHARACTERS of others, in ASCII. Without a full stop.
    """
    kind, words, given = fault["type"], fault.get("ctx", {}), fault.get("input")
    if kind in ("value_error", "assertion_error"):  # from our own validators: a verb and what follows it
        own = str(words.get("error", "does not fit"))
        is_complete = is_secret or not fault["loc"] or isinstance(given, dict | list)
        return own if is_complete or own.partition(" ")[0] not in VERBS else f"is {shown(given)}, which {own}"
    if kind in _COMPLETE:
        return _filled(_COMPLETE[kind], words)
    wish = f"must be {_filled(_WISHES[kind], words)}" if kind in _WISHES else "cannot be taken"
    return wish if is_secret else f"is {shown(given)}, but {wish}"


def misfit(given: Any, wish: str) -> str:
    """The same for a fault that no model has found: `wish` is what should be there instead."""
    return f"is {shown(given)}, but must be {wish}"


VERBS = frozenset({"is", "has", "must", "names", "needs", "lies", "cannot"})  # our validators begin with these


def shown(given: Any) -> str:
    """A value as JSON, cut short, so that callers recognise what they sent."""
    for kind, size in _SIZES:
        if isinstance(given, kind):
            return size(given)
    if isinstance(given, str):
        return encoded_leniently(given[:SHOWN_CHARACTERS]) + ("..." if len(given) > SHOWN_CHARACTERS else "")
    if isinstance(given, int) and not SMALLEST <= given <= LARGEST:
        return "a number of many digits"
    if given is None or isinstance(given, int):
        return encoded_leniently(given)
    return repr(given)[:SHOWN_CHARACTERS] if isinstance(given, float) else f"of the type {type(given).__name__}"


def _filled(text: str, words: Mapping[str, Any]) -> str:
    for name, given in words.items():
        value = int(given) if isinstance(given, float) and given.is_integer() else given  # a bound of 1.0 reads as 1
        text = text.replace(f"{{{name}}}", str(value))
    return text
