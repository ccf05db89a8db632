"""Secrets from files: a secret setting NAME may also be what the file has that NAME_FILE names, as containers do it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

BYTES_AT_MOST = 65_536


def variables(fields: Mapping[str, FieldInfo], prefix: str) -> dict[str, str]:
    """Of each secret setting, which is each that no output may show: its variable -> what pydantic calls it."""
    secret = {name: field for name, field in fields.items() if not field.repr}
    named = {name: _alias(field) for name, field in secret.items()}
    return {alias or f"{prefix}{name}".upper(): alias or name for name, alias in named.items()}


def _alias(field: FieldInfo) -> str:
    choices = getattr(field.validation_alias, "choices", ())
    return str(choices[0]) if choices else ""


def read(values: Mapping[str, Any], secrets: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, Any]:
    """
    The values, and what the files say that the environment names; `secrets` are from `variables`. Raises ValueError, a
    sentence that shows neither a secret nor what was given as a path: that may be a secret in the wrong variable.
    """
    found = dict(values)
    for variable, name in secrets.items():
        path = environment.get(f"{variable}_FILE")
        if not path:
            continue
        if found.get(name):
            raise ValueError(f"{variable} and {variable}_FILE are both set: leave one of them out")
        found[name] = _content(path, f"{variable}_FILE")
    return found


def _content(path: str, variable: str) -> str:
    try:
        with Path(path).open("rb") as file:
            data = file.read(BYTES_AT_MOST + 1)
        text = data.decode().strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no text in UTF-8"
        raise ValueError(f"{variable} names a file that cannot be read: {why}") from None
    if not text or len(data) > BYTES_AT_MOST:
        why = "is too large for a secret" if text else "is empty"
        raise ValueError(f"{variable} names a file that {why}")
    return text
