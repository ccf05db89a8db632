"""webhook: a signed POST to the recipient's own server, as Standard Webhooks specifies."""

from tasks_app.configuration import Settings
from tasks_app.notifications.addresses import web
from tasks_app.notifications.channel_terms import Terms
from tasks_app.notifications.meanings import CONNECTION, HTTP, Meaning

ANSWERS = {
    **CONNECTION,
    **HTTP,
    "410": Meaning("suppress"),  # Standard Webhooks: the endpoint is gone and wants no more messages
}


def terms(_: Settings) -> Terms:
    """Its terms, the same under all settings."""
    return Terms(web, answers=ANSWERS)
