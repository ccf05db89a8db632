"""Says what is wrong with an environment variable, in a sentence that shows no secret."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tasks_app.text import finding

PUBLIC = ("int_", "float_", "bool_", "greater_", "less_", "finite_", "literal_")  # prefixes of pydantic's error kinds


def sentences(error: ValidationError) -> str:
    """A sentence for each variable that is wrong."""
    return " ".join(_sentence(fault) for fault in error.errors(include_url=False))


def _sentence(fault: ErrorDetails) -> str:
    """
    `PORT is "x", but must be a whole number.` An alias is in capitals already, a field's name is not.

    Shows the value if the setting is a number or a choice and the value does not look like a misplaced URL. All other
    values may be secrets, and no part of them may be visible.
    """
    place, value = fault["loc"], str(fault["input"])
    if not place:  # an error about several variables; its text names them
        return f"{finding(fault)}."
    name = str(place[0])
    variable = name if name.isupper() else f"USHER_{name.upper()}"
    which = str(place[1]) if len(place) > 1 else ""  # which of several values in one variable
    of = f" for {which}" if which and not is_address(which) else ""
    is_secret = not fault["type"].startswith(PUBLIC) or is_address(value) or is_address(which)
    return f"{variable}{of} {finding(fault, is_secret)}."


def is_address(text: str) -> bool:
    """Whether the text may hold a password: a URL in the wrong variable."""
    return "://" in text or "@" in text
