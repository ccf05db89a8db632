"""console: prints the message instead of sending it. The default, since it needs no account anywhere."""

from functools import partial

from tasks_app.configuration import Settings
from tasks_app.notifications.address_rules import anybody
from tasks_app.notifications.channel_terms import Terms
from tasks_app.notifications.meanings import CONNECTION, SENT, Meaning


def terms(settings: Settings) -> Terms:
    """Its terms under these settings."""
    return Terms(
        partial(anybody, region=settings.phone_region),
        answers={**CONNECTION, "printed": SENT, "not_printed": Meaning("retry", 1)},
        attempts=1,  # there is no service that could be away
        takes_anything=True,
        is_noted=False,  # it does not matter if it prints twice or not at all
    )
