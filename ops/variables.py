"""The settings for what starts Usher: a wrong variable becomes one sentence, not a traceback."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ops.errors import StartError
from tasks_app.sentences import finding

PUBLIC = ("int_", "float_", "bool_", "greater_", "less_", "finite_", "literal_")  # kinds of errors of pydantic's

if TYPE_CHECKING:
    from tasks_app.settings import Settings


def load_settings() -> Settings:
    """
    The settings of this environment.

    Raises StartError, which names each wrong variable and what it may be. The import is late, because the
    settings are read when their module is first imported.
    """
    try:
        from tasks_app.settings import settings
    except ValidationError as error:
        raise StartError(" ".join(_sentence(fault) for fault in error.errors(include_url=False))) from None
    from tasks_app.recipients import CHANNELS

    for name in settings.rates.keys() - set(CHANNELS):
        shown = "a URL" if _is_address(name) else repr(name)
        raise StartError(f"USHER_RATES names {shown}, which is no channel; there are {', '.join(CHANNELS)}.")
    return settings


def unknown_variables(settings: Settings) -> list[str]:
    """USHER_ variables that no setting reads: most often a slip of the pen."""
    fields = type(settings).model_fields.items()
    known = {f"USHER_{name}".upper() for name, field in fields if field.validation_alias is None}
    return sorted(name for name in os.environ if name.startswith("USHER_") and name not in known)


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
    of = f" for {which}" if which and not _is_address(which) else ""
    is_secret = not fault["type"].startswith(PUBLIC) or _is_address(value) or _is_address(which)
    return f"{variable}{of} {finding(fault, is_secret)}."


def _is_address(text: str) -> bool:
    """Whether it may hold a password: a URL that strayed into the wrong variable."""
    return "://" in text or "@" in text
