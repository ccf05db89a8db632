"""JSON, in and out of the state: the only encoder. Every parser can read what it writes, not only Python's."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from json import encoder
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None  # a value to write
# A value that was read. Its members are Any: the writer has checked that they are what the reader expects.
JsonObject: TypeAlias = dict[str, Any]

DEPTH_LIMIT = 100  # nested arrays and objects; parsers give up at 100 and more, Python's at a few hundred
SMALLEST, LARGEST = -(2**63), 2**64 - 1  # parsers round larger whole numbers, make them infinite, or fail
REPLACEMENT = "\ufffd"

# What the fast encoder accepts, although other parsers may not read it. A match only means: check it closely.
_LONG_NUMBER = re.compile(r"[0-9]{19}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CONSTANTS = re.compile(r"-?[0-9]{4300,}")  # Python converts no number with more digits


def _encoder() -> Callable[[Any], str]:
    """
    Python's own encoder, made once: JSONEncoder.encode makes the one in C at each call, which takes longer than
    encoding a short text. It does not track nesting, so a circular value ends at the recursion limit.
    """
    plain = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)
    make = getattr(encoder, "c_make_encoder", None)  # CPython's
    if make is None:
        return plain.encode
    parts = make(None, plain.default, encoder.encode_basestring_ascii, None, ":", ",", False, False, False)
    return lambda value: "".join(parts(value, 0))


_quick = _encoder()


def encoded(value: Any) -> str:
    """
    `value` as JSON, without blanks, in ASCII.

    Raises TypeError for a type that JSON does not have, and ValueError for a number that is not finite, a whole number
    of more than 64 bits, half a surrogate pair, and more than DEPTH_LIMIT levels; the sentence says where.
    """
    try:
        text = _quick(value)
    except (TypeError, ValueError, RecursionError):
        _inspect(value)
        raise
    if _is_suspect(text) or text.count("[") + text.count("{") > DEPTH_LIMIT:
        _inspect(value)
    return text


def joined(values: Any) -> str:
    """As `encoded`, for many texts and numbers that were checked before: it does not check them again."""
    return _quick(values)


def encoded_leniently(value: Any) -> str:
    """`value` as JSON, whatever it contains: null or U+FFFD replaces what JSON does not have. For answers."""
    try:
        text = _quick(value)
        if not _is_suspect(text):
            return text
    except (TypeError, ValueError, RecursionError):
        pass
    return _quick(_readable(value, 0))


def decoded(text: str) -> Any:
    """The value of a JSON text; None replaces a number with too many digits. Raises ValueError."""
    try:
        return json.loads(text)
    except ValueError:
        if not _CONSTANTS.search(text):
            raise
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 4300 else None)


def _is_suspect(text: str) -> bool:
    return bool(_LONG_NUMBER.search(text) or ("\\u" in text and _SURROGATE.search(text)))


def _inspect(value: Any) -> None:
    """Raise an error with a sentence about the first fault, if there is one."""
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    while waiting:
        place, one, depth = waiting.pop()
        if depth > DEPTH_LIMIT:
            raise ValueError(f"arrays and objects may stand {DEPTH_LIMIT} deep in one another, these stand deeper")
        if isinstance(one, dict):
            for name, inner in one.items():
                if not isinstance(name, str | int | float | None):
                    raise TypeError(f"{_at(place)} has a name that is no text but of the type {type(name).__name__}")
                _check(f"a name in {_at(place)}", name)
                waiting.append((f"{place}.{name!s:.40}".lstrip("."), inner, depth + 1))
        elif isinstance(one, list | tuple):
            waiting += [(f"{place}.{number}".lstrip("."), inner, depth + 1) for number, inner in enumerate(one)]
        else:
            _check(_at(place), one)


def _check(place: str, value: Any) -> None:
    if isinstance(value, str):
        if not _is_text(value):
            raise ValueError(f"{place} has half of a surrogate pair (U+D800 to U+DFFF), which is no character")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{place} is {value}, and JSON has finite numbers only")
    elif isinstance(value, int):
        if not SMALLEST <= value <= LARGEST:
            raise ValueError(f"{place} is a whole number of more than 64 bits; send it as text")
    elif value is not None:
        raise TypeError(f"{place} is of the type {type(value).__name__}, which JSON does not have")


def _at(place: str) -> str:
    return f"`{place.encode(errors='replace').decode()[:100]}`" if place else "it"


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _readable(value: Any, depth: int) -> Any:
    if depth > DEPTH_LIMIT + 10:  # an answer puts levels of its own around the value
        return None
    if isinstance(value, dict):
        return {_readable(str(name), 0): _readable(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(inner, depth + 1) for inner in value]
    if isinstance(value, str):
        return value if _is_text(value) else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or (isinstance(value, int) and SMALLEST <= value <= LARGEST):
        return value
    return None
