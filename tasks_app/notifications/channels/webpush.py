"""webpush: to a browser, through the push service that its subscription names. Rows: RFC 8030, RFC 8292."""

from dataclasses import replace

from tasks_app.configuration import Settings
from tasks_app.notifications.addresses import named
from tasks_app.notifications.channel_terms import Terms
from tasks_app.notifications.meanings import CONNECTION, HTTP, LOCKED_OUT, PERMANENT, THROUGHOUT, Meaning

# The key does not fit this subscription, which was made with another key. Three attempts, as one more could be too
# early: a new key is not known everywhere at once.
KEY_REFUSED = Meaning("retry", 60, code="key_refused", attempts=3)

ANSWERS = {
    **CONNECTION,
    **HTTP,
    "400": PERMANENT,  # no TTL, too long a Topic, bad encryption: our fault
    # A fresh token was refused too. For a wrong key RFC 8292 4.2 says 403; Mozilla says 401, as for an unreadable
    # token. One token serves a whole push service: if the service accepted one lately, it can read our tokens.
    "401": KEY_REFUSED,
    f"401{THROUGHOUT}": replace(LOCKED_OUT, disproved_seconds=3_600),
    "403": KEY_REFUSED,
    "404": Meaning("remove_subscription"),  # RFC 8030 says 404, the push services also say 410
    "410": Meaning("remove_subscription"),
    "413": PERMANENT,
    "too_large": PERMANENT,
    "no_subscription": PERMANENT,
    "rejected_subscription": PERMANENT,
}


def terms(_: Settings) -> Terms:
    """Its terms, the same under all settings."""
    return Terms(named, answers=ANSWERS, to_subscriptions=True)
