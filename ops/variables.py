"""USHER_ variables that no setting reads: most often typing errors."""

import os

from tasks_app.configuration import Settings


def unknown_variables(settings: Settings) -> list[str]:
    """Their names, sorted."""
    fields = type(settings).model_fields.items()
    known = {f"USHER_{name}".upper() for name, field in fields if field.validation_alias is None}
    known |= {f"{variable}_FILE" for variable in settings.secret_variables()}
    return sorted(name for name in os.environ if name.startswith("USHER_") and name not in known)
