"""apprise: anything that Apprise speaks by URL (SMS, e-mail, chat). Rows of mail: RFC 5321."""

from functools import partial

from tasks_app.configuration import Settings
from tasks_app.notifications.address_rules import of_service
from tasks_app.notifications.channel_terms import Terms
from tasks_app.notifications.meanings import (
    CONNECTION,
    DOUBT,
    HTTP,
    LOCKED_OUT,
    PERMANENT,
    QUIET,
    SENT,
    THROUGHOUT,
    Meaning,
)

# All rows but the first apply when Apprise reports failure. A message that may have been taken is in doubt, as no
# id lets the receiver recognise a second copy.
ANSWERS = {
    **CONNECTION,
    "apprise_sent": SENT,
    "apprise_failed": DOUBT,  # the service uses neither HTTP nor SMTP, so Usher saw no request
    "2xx": DOUBT,  # taken, but its answer was cut off, or this was a login or a part, and another request failed
    "3xx": DOUBT,
    "4xx": PERMANENT,
    "401": LOCKED_OUT,  # our login at the service failed
    "402": LOCKED_OUT,  # no credit
    "403": Meaning("retry", 60),  # the recipient has blocked us, or the service our account
    f"403{THROUGHOUT}": LOCKED_OUT,
    **{status: HTTP[status] for status in ("408", "425", "429", "503 Retry-After")},
    **dict.fromkeys((f"429{THROUGHOUT}", f"503 Retry-After{THROUGHOUT}"), QUIET),
    "5xx": DOUBT,
    "not_mailed": LOCKED_OUT,  # STARTTLS or the login failed: a mail server has no message before DATA
    "sender_refused": LOCKED_OUT,  # 5yz to MAIL
    "mail_deferred": Meaning("retry", 60),  # RFC 5321 4yz, greylisting among them
    "mail_refused": PERMANENT,  # 5yz to RCPT or DATA
}


def terms(settings: Settings) -> Terms:
    """Its terms under these settings."""
    return Terms(
        partial(of_service, url=settings.apprise_address, region=settings.phone_region),
        policy="at_most_once",  # an SMS has no id that tells a second one from the first
        answers=ANSWERS,
        is_called=True,
    )
