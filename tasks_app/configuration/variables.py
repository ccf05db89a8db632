"""What is wrong with a variable of the environment, in a sentence that shows no secret."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tasks_app.text import finding

PUBLIC = ("int_", "float_", "bool_", "greater_", "less_", "finite_", "literal_")  # kinds of errors of pydantic's


def sentences(error: ValidationError) -> str:
    """A sentence for each variable that is wrong."""
    return " ".join(_sentence(fault) for fault in error.errors(include_url=False))


def _sentence(fault: ErrorDetails) -> str:
    """
    `PORT is "x", but must be a whole number.` An alias comes in capitals, a field does not.

    The value is shown where the setting is a number or a choice, and does not look like a URL that strayed there. All
    others may be secrets, of which no part may be seen.
    """
    place, value = fault["loc"], str(fault["input"])
    if not place:  # about several at once; it names them itself
        return f"{finding(fault)}."
    name = str(place[0])
    variable = name if name.isupper() else f"USHER_{name.upper()}"
    which = str(place[1]) if len(place) > 1 else ""  # one of several values in one variable
    of = f" for {which}" if which and not is_address(which) else ""
    is_secret = not fault["type"].startswith(PUBLIC) or is_address(value) or is_address(which)
    return f"{variable}{of} {finding(fault, is_secret)}."


def is_address(text: str) -> bool:
    """Whether it may hold a password: a URL that strayed into the wrong variable."""
    return "://" in text or "@" in text
