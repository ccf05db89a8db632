"""Bodies of thousands of elements: read in parts, with breaks in which the process answers other requests."""

import json
from collections.abc import Iterator
from typing import Any, Self

from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from api.http.context import usher
from tasks_app.notifications import PIECES, take_break, with_breaks


class LongBody(RootModel[Any]):
    """
    A body that is an array, or an object with an array `recipients`. Each element is checked by itself: only the length
    is a property of the whole.
    """

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """As pydantic's, but with breaks. Raises ValidationError."""
        field, elements = _elements(obj)
        if not PIECES < len(elements) <= usher().settings.batch_limit:
            return super().model_validate(obj, **options)
        whole: Self | None = None
        for start in range(0, len(elements), PIECES):
            piece = elements[start : start + PIECES]
            try:
                part = super().model_validate({**obj, field: piece} if field else piece, **options)
            except ValidationError as error:
                raise _moved(error, start) from None
            if whole is None:
                whole = part
            else:
                _elements(whole.root)[1].extend(_elements(part.root)[1])
            take_break()
        assert whole is not None
        return whole


def canonical(body: BaseModel) -> Iterator[str]:
    """The body as canonical JSON, in pieces."""
    given = body.root if isinstance(body, RootModel) else body
    field, elements = _elements(given)
    if not elements:
        yield _dumped(given.model_dump() if isinstance(given, BaseModel) else given)
        return
    before, after = "[", "]"
    if field:
        before, _, after = _dumped({**given.model_dump(exclude={field}), field: []}).partition(f'"{field}": []')
        before, after = f'{before}"{field}": [', f"]{after}"
    yield before
    for number, one in enumerate(with_breaks(elements)):
        yield (", " if number else "") + _dumped(one.model_dump())
    yield after


def _dumped(value: Any) -> str:
    return json.dumps(value, sort_keys=True, allow_nan=False)


def _elements(whole: Any) -> tuple[str, list[Any]]:
    """The array, and the field that has it; "" = the array is the whole."""
    if isinstance(whole, list):
        return "", whole
    found = whole.get(FIELD) if isinstance(whole, dict) else getattr(whole, FIELD, None)
    return FIELD, found if isinstance(found, list) else []


FIELD = "recipients"


def _moved(error: ValidationError, start: int) -> ValidationError:
    """The same faults, with their places in the whole array."""
    found = []
    for one in error.errors(include_url=False):
        place = list(one["loc"])
        at = next((number for number, name in enumerate(place) if isinstance(name, int)), None)
        if at is not None:
            place[at] = int(place[at]) + start
        kind = PydanticCustomError(one["type"], "{said}", {**one.get("ctx", {}), "said": one["msg"]})
        found.append(InitErrorDetails(type=kind, loc=tuple(place), input=one["input"]))
    return ValidationError.from_exception_data(error.title, found)
